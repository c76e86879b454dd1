// Names and colors of connectors and assistants. Each keeps its color on every page.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../api/client';
import { connectors } from '../api/queries';
import type { Connector } from '../api/types';
import { useAssistantName } from './assistant-names';
import { COLORS } from './chart/colors';

export interface ConnectorLabels {
  connectorName: (id: string) => string;
  connectorColor: (id: string) => string | undefined;
  assistantName: (provider: string) => string;
  assistantColor: (provider: string) => string | undefined;
  /** Sorts the oldest connector first, as every legend does. */
  byAge: (one: string, other: string) => number;
}

export function labelsOf(all: readonly Connector[], assistantName: (provider: string) => string): ConnectorLabels {
  // A new connector gets the next color; existing colors stay.
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

export function useConnectorLabels(): ConnectorLabels {
  const all = useQuery(connectors(useApi())).data ?? NONE;
  const assistantName = useAssistantName();
  return useMemo(() => labelsOf(all, assistantName), [all, assistantName]);
}
