import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { connectors, providers } from '../../api/queries';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { EmptyState } from '../empty-state';
import type { Filters } from '../filters/filters';
import { reportsTokens, silent } from './figures';
import { namesOf, useTokenFilters } from './token-filters';

/** Explains why there are no tokens, and lists the providers that report tokens. */
export function NoTokens({ filters }: { filters: Filters }) {
  const [only, change] = useTokenFilters();
  const api = useApi();
  const connected = useQuery(connectors(api));
  const { data } = useQuery(providers(api));
  const assistantName = useAssistantName();
  const chosen = namesOf(only);
  if (chosen.length > 0) {
    return (
      <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
        <SpaceBetween size="xs">
          <b>{text.tokens.noMatch}</b>
          <span>{text.tokens.noMatchDetail(chosen.length)}</span>
          <Button onClick={() => change(Object.fromEntries(chosen.map((name) => [name, null])))}>{text.tokens.clear}</Button>
        </SpaceBetween>
      </Box>
    );
  }
  const { never, notInRange } = silent(connected.data ?? [], [], data ?? [], filters);
  const isNeverReported = never.length > 0 && notInRange.length === 0;
  const reporters = (data ?? []).filter(reportsTokens).map(({ name }) => name);
  return (
    <>
      {isNeverReported ? (
        <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
          <b>{text.tokens.nothing([...new Set(never.map(({ provider }) => assistantName(provider)))])}</b>
        </Box>
      ) : (
        <EmptyState filters={filters} />
      )}
      {reporters.length > 0 && (
        <Box textAlign="center" color="text-body-secondary">
          {text.tokens.reporters(reporters)}
        </Box>
      )}
    </>
  );
}
