import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';

import type { IdentityRef, IdentityRow } from '../api/types';
import { count } from '../format';
import { useAssistantName } from '../reports/assistant-names';
import { text } from '../strings';
import { nameOf, pairsOf } from './pairs';
import { useDecide } from './use-decide';

const t = text.identities;
const PAIRS_A_PAGE = 10;

/** People who may be one person. A link needs a confirmation. */
export function Suggestions({ rows, total }: { rows: readonly IdentityRow[]; total: number }) {
  const decide = useDecide();
  const pairs = pairsOf(rows);
  const { items, collectionProps, paginationProps } = useCollection(pairs, { pagination: { pageSize: PAIRS_A_PAGE } });
  const isDecided = (key: string) =>
    decide.isPending && [decide.variables.one.id, decide.variables.other.id].sort().join(' ') === key;
  return (
    <Table
      {...collectionProps}
      items={items}
      trackBy="key"
      wrapLines
      ariaLabels={{ tableLabel: t.suggested }}
      header={
        <Header variant="h2" counter={`(${count(pairs.length)})`} description={t.suggestedDescription}>
          {t.suggested}
        </Header>
      }
      empty={
        <Box textAlign="center" padding="s">
          <Box>{t.noSuggestion}</Box>
          <Box color="text-body-secondary">{t.noSuggestionDetail}</Box>
        </Box>
      }
      pagination={
        pairs.length > PAIRS_A_PAGE && (
          <Pagination
            {...paginationProps}
            ariaLabels={{
              paginationLabel: text.table.pagesOf(t.suggested),
              nextPageLabel: text.table.nextPage,
              previousPageLabel: text.table.previousPage,
              pageLabel: (page) => text.table.pageOf(page, t.suggested),
            }}
          />
        )
      }
      footer={total > rows.length && <Box textAlign="center">{t.more(rows.length, total)}</Box>}
      columnDefinitions={[
        { id: 'one', header: t.one, isRowHeader: true, minWidth: 180, cell: ({ one }) => <IdentityName identity={one} /> },
        { id: 'other', header: t.other, minWidth: 180, cell: ({ suggestion }) => <IdentityName identity={suggestion.identity} /> },
        { id: 'reason', header: t.reason, minWidth: 140, cell: ({ suggestion }) => t.suggestionReason[suggestion.reason] },
        {
          id: 'decide',
          header: '',
          minWidth: 370,
          cell: ({ key, one, suggestion: { identity: other } }) => {
            const names = [nameOf(one), nameOf(other)] as const;
            const loading = isDecided(key);
            return (
              <SpaceBetween direction="horizontal" size="xxs" alignItems="center">
                <Button
                  ariaLabel={t.confirmOf(...names)}
                  loading={loading && decide.variables?.verdict === 'same'}
                  disabled={decide.isPending}
                  onClick={() => decide.mutate({ one, other, verdict: 'same' })}
                >
                  {t.confirm}
                </Button>
                <Button
                  variant="link"
                  ariaLabel={t.rejectOf(...names)}
                  disabled={decide.isPending}
                  onClick={() => decide.mutate({ one, other, verdict: 'different' })}
                >
                  {t.reject}
                </Button>
              </SpaceBetween>
            );
          },
        },
      ]}
    />
  );
}

/** Shows the name of an identity, its provider, and its address or id. */
export function IdentityName({ identity }: { identity: Pick<IdentityRef, 'name' | 'email' | 'subject' | 'provider'> }) {
  const assistantName = useAssistantName();
  const name = nameOf(identity);
  const more = [identity.email, identity.subject].find((one) => one !== null && one !== name);
  return (
    <>
      <div>{name}</div>
      <Box fontSize="body-s" color="text-body-secondary">
        {more === undefined ? assistantName(identity.provider) : `${assistantName(identity.provider)} · ${more}`}
      </Box>
    </>
  );
}
