import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';

import type { Revision } from '../../api/types';
import { count, day, time } from '../../format';
import { text } from '../../strings';

const PAGE = 10;

/** Days whose totals changed after they were stored. */
export function Revisions({ revisions, hasMore }: { revisions: Revision[]; hasMore: boolean }) {
  const { items, collectionProps, paginationProps } = useCollection(revisions, {
    filtering: {
      empty: (
        <Box textAlign="center" color="inherit">
          {text.ledger.noRevisions}
        </Box>
      ),
    },
    pagination: { pageSize: PAGE },
  });
  return (
    <Table
      {...collectionProps}
      items={items}
      wrapLines
      ariaLabels={{ tableLabel: text.ledger.revisions }}
      header={
        <Header
          variant="h2"
          counter={`(${count(revisions.length)}${hasMore ? '+' : ''})`}
          description={text.ledger.revisionsDescription}
        >
          {text.ledger.revisions}
        </Header>
      }
      pagination={revisions.length > PAGE && <Pagination {...paginationProps} />}
      columnDefinitions={[
        { id: 'day', header: text.ledger.day, isRowHeader: true, cell: (revision) => day(revision.day) },
        { id: 'dataset', header: text.ledger.dataset, cell: (revision) => text.datasets[revision.dataset] },
        { id: 'what', header: text.ledger.changed, cell: changes },
        { id: 'at', header: text.ledger.seenAt, cell: (revision) => time(revision.at) },
      ]}
    />
  );
}

function changes({ before, after }: Revision): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.map((name) => `${words(name)} ${count(before[name])} → ${count(after[name])}`).join(', ');
}

/** `completions_accepted` as readable text. */
const words = (name: string) => name.replaceAll('_', ' ');
