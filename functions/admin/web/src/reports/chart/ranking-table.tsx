import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import type { Rank } from './ranking-panel';

/** The whole ranking; the chart has room for its first rows only. */
export default function RankingTable({
  title,
  columns: [names, ...metrics],
  ranks,
  format,
  empty,
}: {
  title: string;
  columns: [string, ...string[]];
  ranks: readonly Rank[];
  format: (value: number | null) => string;
  empty: ReactNode;
}) {
  return (
    <Table<Rank>
      variant="embedded"
      contentDensity="compact"
      ariaLabels={{ tableLabel: title }}
      items={[...ranks]}
      trackBy="name"
      columnDefinitions={[
        { id: 'name', header: names, cell: ({ name, isRest }) => (isRest === true ? <Box color="text-status-inactive">{name}</Box> : name), isRowHeader: true },
        ...metrics.map((header, index) => ({ id: header, header, cell: ({ values }: Rank) => format(values[index] ?? null) })),
      ]}
      empty={empty}
    />
  );
}
