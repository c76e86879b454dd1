import { useCollection } from '@cloudscape-design/collection-hooks';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import { useMemo } from 'react';

import type { Dataset, Ledger, LedgerDay } from '../../api/types';
import { count, dayOfWeek } from '../../format';
import { text } from '../../strings';

const PAGE = 14;

/** The calendar as a table, newest day first. */
export function LedgerTable({ ledger, datasets }: { ledger: Ledger; datasets: Dataset[] }) {
  const newestFirst = useMemo(() => [...ledger.days].reverse(), [ledger]);
  const { items, collectionProps, paginationProps } = useCollection(newestFirst, { pagination: { pageSize: PAGE } });
  return (
    <Table
      {...collectionProps}
      variant="embedded"
      contentDensity="compact"
      items={items}
      trackBy="day"
      ariaLabels={{ tableLabel: text.ledger.title }}
      pagination={<Pagination {...paginationProps} />}
      columnDefinitions={[
        { id: 'day', header: text.ledger.day, isRowHeader: true, cell: ({ day }) => dayOfWeek(day) },
        ...datasets.map((dataset) => ({
          id: dataset,
          header: text.datasets[dataset],
          cell: ({ datasets: entries }: LedgerDay) => {
            const entry = entries[dataset];
            if (entry === undefined) return '–';
            const state = text.ledger.statesByName[entry.state] ?? entry.state;
            return entry.reason ? `${state}: ${entry.reason}` : text.ledger.inTable(state, count(entry.rows), entry.revision);
          },
        })),
      ]}
    />
  );
}
