import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { breakdown } from '../../api/queries';
import type { Dimension } from '../../api/types';
import { text } from '../../strings';
import { COLUMNS, reportedMetrics, ranking } from '../breakdowns/ranking';
import { RankingPanel } from '../chart/ranking-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';

const SHOWN = 6;

/** The first values of a breakdown. */
export function TopValues({ filters, by }: { filters: Filters; by: Dimension }) {
  const query = useQuery(breakdown(useApi(), { ...queryOf(filters), by, interval: 'total' }));
  const rows = query.data?.rows ?? [];
  const metric = reportedMetrics(rows)[0] ?? 'generations';
  return (
    <RankingPanel
      title={text.breakdowns.by[by]}
      description={text.breakdowns.byMetric(text.breakdownMetrics[metric])}
      file={`${by}-total`}
      columns={[text.breakdowns.by[by], ...COLUMNS.map((column) => text.breakdownMetrics[column])]}
      ranks={ranking(rows, metric).slice(0, SHOWN)}
      drawn={[COLUMNS.indexOf(metric)]}
      query={query}
      empty={<EmptyState filters={filters} />}
    />
  );
}
