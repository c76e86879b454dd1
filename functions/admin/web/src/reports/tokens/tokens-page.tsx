import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { tokens } from '../../api/queries';
import type { TokenRow } from '../../api/types';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { useBreaks } from '../use-breaks';
import { ChosenFilters } from './chosen-filters';
import { isAboutTokens } from './figures';
import { Headline } from './headline';
import { NoTokens } from './no-tokens';
import { OverTime } from './over-time';
import { tokensQuery, namesOf, useTokenFilters } from './token-filters';
import { TokenTable } from './token-table';

const NOTHING: TokenRow[] = [];

/** The page of tokens by type, model, person, team and surface. */
export default function TokensPage() {
  const [filters] = useFilters();
  const [only] = useTokenFilters();
  const query = useQuery(tokens(useApi(), { ...tokensQuery(filters, only), interval: 'total' }));
  const breaks = useBreaks(filters);
  const rows = query.data?.rows ?? NOTHING;
  const isEmpty = query.data !== undefined && !rows.some(isAboutTokens);
  return (
    <Page title={text.tokens.title} description={text.tokens.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <ChosenFilters filters={filters} only={only} />
        {isEmpty ? (
          <Container>
            <NoTokens filters={filters} />
          </Container>
        ) : (
          <SpaceBetween size="l">
            <Headline query={query} rows={rows} filters={filters} isNarrowed={namesOf(only).length > 0} />
            <BreaksNote breaks={breaks} />
            <OverTime filters={filters} only={only} />
            {(['model', 'person', 'team', 'surface'] as const).map((by) => (
              <TokenTable
                key={by}
                by={by}
                query={tokensQuery(filters, only)}
                empty={by === 'team' ? text.tokens.noTeams : <NoTokens filters={filters} />}
              />
            ))}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Page>
  );
}
