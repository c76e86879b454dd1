import FormField from '@cloudscape-design/components/form-field';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { tokens } from '../../api/queries';
import { text } from '../../strings';
import { addressOfTeam } from '../addresses';
import type { Filters } from '../filters/filters';
import { tokensQuery, namesOf, type TokenFilter, type TokenFilters, useTokenFilters } from './token-filters';

/** The active filters of the report. Each can be removed. */
export function ChosenFilters({ filters, only }: { filters: Filters; only: TokenFilters }) {
  const [, change] = useTokenFilters();
  const { team } = only;
  // The address has the id of the team; the filter shows its name.
  const teams = useQuery({ ...tokens(useApi(), { ...tokensQuery(filters, only), by: 'team', interval: 'total' }), enabled: team !== undefined });
  const teamName = teams.data?.rows.find((row) => row.team !== null && [row.team.id, addressOfTeam(row.team)].includes(team ?? ''))?.team?.name;
  const chosen = namesOf(only);
  if (chosen.length === 0) return null;
  const valueOf = (name: TokenFilter) => (name === 'team' ? (teamName ?? team) : only[name]) ?? '';
  return (
    <FormField label={text.tokens.chosen}>
      <TokenGroup
        items={chosen.map((name) => ({
          label: `${text.tokens.only[name]}: ${valueOf(name)}`,
          dismissLabel: text.tokens.showAll(valueOf(name)),
        }))}
        onDismiss={({ detail: { itemIndex } }) => {
          const name = chosen[itemIndex];
          if (name !== undefined) change({ [name]: null });
        }}
      />
    </FormField>
  );
}
