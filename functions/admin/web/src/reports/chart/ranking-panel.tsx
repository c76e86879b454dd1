import BarChart from '@cloudscape-design/components/bar-chart';
import { lazy, type ReactNode } from 'react';

import { compact, count } from '../../format';
import { text } from '../../strings';
import { ChartPanel } from './chart-panel';

const ROW_HEIGHT = 30;
const LONGEST_CHART = 12;

/** Loaded once somebody wants to read the numbers. */
const RankingTable = lazy(() => import('./ranking-table'));

export interface Rank {
  name: string;
  values: (number | null)[];
}

/** Who or what has most, as lying bars; the table has all of them. */
export function RankingPanel({
  title,
  description,
  file,
  columns,
  ranks,
  drawn,
  format = count,
  axisFormat = compact,
  isStacked = false,
  note,
  isLoading,
  failure,
  empty,
}: {
  title: string;
  description?: ReactNode;
  file: string;
  /** Of the table; the first is about the names. */
  columns: [string, ...string[]];
  ranks: readonly Rank[];
  /** Which of the columns are drawn. */
  drawn: readonly number[];
  format?: (value: number | null) => string;
  axisFormat?: (value: number) => string;
  isStacked?: boolean;
  note?: ReactNode;
  isLoading: boolean;
  failure: string | null;
  empty: ReactNode;
}) {
  const metrics = columns.slice(1);
  const top = ranks.filter(({ values }) => drawn.some((column) => values[column] !== null)).slice(0, LONGEST_CHART);
  return (
    <ChartPanel
      title={title}
      description={description}
      note={note}
      file={file}
      numbers={() => ({ header: columns, rows: ranks.map(({ name, values }) => [name, ...values]) })}
      chart={
        <BarChart<string>
          horizontalBars
          stackedBars={isStacked}
          hideFilter
          hideLegend={drawn.length === 1}
          height={Math.max(120, top.length * ROW_HEIGHT)}
          ariaLabel={title}
          xDomain={top.map(({ name }) => name)}
          yTickFormatter={axisFormat}
          series={
            top.length === 0
              ? []
              : drawn.map((column) => ({
                  title: metrics[column] ?? '',
                  type: 'bar' as const,
                  valueFormatter: (value: number) => format(value),
                  data: top.flatMap(({ name, values }) => {
                    const y = values[column];
                    return y === null || y === undefined ? [] : [{ x: name, y }];
                  }),
                }))
          }
          statusType={isLoading ? 'loading' : failure === null ? 'finished' : 'error'}
          errorText={failure ?? undefined}
          empty={empty}
          i18nStrings={{ detailPopoverDismissAriaLabel: text.chart.close }}
        />
      }
      table={<RankingTable title={title} columns={columns} ranks={ranks} format={format} empty={empty} />}
    />
  );
}
