import { createContext, useContext } from 'react';

import type { Sample } from './settings';

const NONE: readonly Sample[] = [];

export const Samples = createContext(NONE);

/** Whether a sandbox replaces the providers, so that all data is invented. */
export const useIsSandbox = (): boolean => useContext(Samples).length > 0;

/** The sample account of a provider in the sandbox; null without a sandbox. */
export const useSample = (provider: string): Sample | null =>
  useContext(Samples).find((sample) => sample.provider === provider) ?? null;
