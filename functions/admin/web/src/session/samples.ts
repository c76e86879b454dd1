import { createContext, useContext } from 'react';

import type { Sample } from './settings';

const NONE: readonly Sample[] = [];

export const Samples = createContext(NONE);

/** Whether a sandbox stands in for the providers: nothing that is seen is real. */
export const useIsSandbox = (): boolean => useContext(Samples).length > 0;

/** What can be tried out at a provider; null where the provider is the real one. */
export const useSample = (provider: string): Sample | null =>
  useContext(Samples).find((sample) => sample.provider === provider) ?? null;
