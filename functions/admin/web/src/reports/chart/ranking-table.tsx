import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import { useFollow } from '../../shell/follow';
import type { Rank } from './ranking-panel';

/** The whole ranking. The chart has room for the first rows only. */
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
        { id: 'name', header: names, isRowHeader: true, cell: (rank) => <Name {...rank} /> },
        ...metrics.map((header, index) => ({ id: header, header, cell: ({ values }: Rank) => format(values[index] ?? null) })),
      ]}
      empty={empty}
    />
  );
}

function Name({ name, isRest, href }: Rank) {
  const follow = useFollow();
  if (isRest === true) return <Box color="text-status-inactive">{name}</Box>;
  if (href === undefined) return name;
  return (
    <Link href={href} onFollow={follow}>
      {name}
    </Link>
  );
}
