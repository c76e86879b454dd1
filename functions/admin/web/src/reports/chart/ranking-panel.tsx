import BarChart from '@cloudscape-design/components/bar-chart';
import { lazy, type ReactNode } from 'react';

import { compact, count } from '../../format';
import type { PanelQuery } from '../../shell/panel-state';
import { text } from '../../strings';
import { ChartPanel } from './chart-panel';
import { REST } from './colors';

const ROW_HEIGHT = 30;
const LONGEST_CHART = 12;

/** Loaded when it is opened. */
const RankingTable = lazy(() => import('./ranking-table'));

export interface Rank {
  name: string;
  values: (number | null)[];
  /** Belongs to none of the others: shown last, and greyed. */
  isRest?: boolean;
}

/** The largest first, as horizontal bars; the table has all of them. */
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
  query,
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
  /** The question of this panel; left out where its numbers are there already. */
  query?: PanelQuery | undefined;
  empty: ReactNode;
}) {
  const metrics = columns.slice(1);
  const known = ranks.filter(({ values }) => drawn.some((column) => (values[column] ?? null) !== null));
  const rest = known.filter(({ isRest }) => isRest === true);
  const named = known.filter(({ isRest }) => isRest !== true).slice(0, LONGEST_CHART - rest.length);
  const top = [...named, ...rest];
  return (
    <ChartPanel
      title={title}
      description={description}
      note={note}
      file={file}
      query={query}
      numbers={() => ({ header: columns, rows: ranks.map(({ name, values }) => [name, ...values]) })}
      chart={
        <BarChart<string>
          horizontalBars
          // The rest is a series of its own, for its color: stacked, it takes no room beside the other bars.
          stackedBars={isStacked || rest.length > 0}
          hideFilter
          hideLegend={drawn.length === 1}
          height={Math.max(120, top.length * ROW_HEIGHT)}
          ariaLabel={title}
          xDomain={top.map(({ name }) => name)}
          yTickFormatter={axisFormat}
          series={
            top.length === 0
              ? []
              : drawn.flatMap((column) => {
                  const bars = (title: string, shown: readonly Rank[]) => ({
                    title,
                    type: 'bar' as const,
                    valueFormatter: (value: number) => format(value),
                    data: shown.flatMap(({ name, values }) => {
                      const y = values[column];
                      return y === null || y === undefined ? [] : [{ x: name, y }];
                    }),
                  });
                  const title = metrics[column] ?? '';
                  const last = rest.map((one) => ({ ...bars(one.name, [one]), color: REST }));
                  return named.length === 0 ? last : [bars(title, named), ...last];
                })
          }
          empty={empty}
          i18nStrings={{ detailPopoverDismissAriaLabel: text.chart.close }}
        />
      }
      table={<RankingTable title={title} columns={columns} ranks={ranks} format={format} empty={empty} />}
    />
  );
}
