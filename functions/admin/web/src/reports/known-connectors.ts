// How connectors and assistants are named and colored. Each keeps its color on every page.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../api/client';
import { connectors } from '../api/queries';
import type { Connector } from '../api/words';
import { useAssistantName } from './assistant-names';
import { COLORS } from './chart/colors';

export interface Known {
  connectorName: (id: string) => string;
  connectorColor: (id: string) => string | undefined;
  assistantName: (provider: string) => string;
  assistantColor: (provider: string) => string | undefined;
  /** The oldest first: the order of every legend. */
  byAge: (one: string, other: string) => number;
}

export function knownOf(all: readonly Connector[], assistantName: (provider: string) => string): Known {
  // A new connector gets the next color and changes no other.
  const byAge = [...all].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
  const place = (id: string) => byAge.findIndex((connector) => connector.id === id);
  const color = (index: number) => (index < 0 ? undefined : COLORS[index % COLORS.length]);
  return {
    connectorName: (id) => byAge[place(id)]?.name ?? id,
    connectorColor: (id) => color(place(id)),
    assistantName,
    assistantColor: (provider) => color(byAge.findIndex((connector) => connector.provider === provider)),
    byAge: (one, other) => place(one) - place(other) || one.localeCompare(other),
  };
}

const NONE: never[] = [];

export function useKnown(): Known {
  const all = useQuery(connectors(useApi())).data ?? NONE;
  const assistantName = useAssistantName();
  return useMemo(() => knownOf(all, assistantName), [all, assistantName]);
}
