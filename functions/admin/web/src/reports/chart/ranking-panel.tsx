import BarChart from '@cloudscape-design/components/bar-chart';
import Link from '@cloudscape-design/components/link';
import { lazy, type ReactNode } from 'react';

import { compact, count } from '../../format';
import { useFollow } from '../../shell/follow';
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
  /** Of what the name stands for; a column of the file. */
  id?: string;
  /** Where the name leads. */
  href?: string;
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
  const hasIds = ranks.some(({ id }) => id !== undefined);
  const follow = useFollow();
  return (
    <ChartPanel
      title={title}
      description={description}
      note={note}
      file={file}
      query={query}
      numbers={() => ({
        header: [columns[0], ...(hasIds ? ['id'] : []), ...metrics],
        rows: ranks.map(({ name, id, values }) => [name, ...(hasIds ? [id] : []), ...values]),
      })}
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
          // A label of the axis cannot be a link.
          detailPopoverFooter={(shown) => {
            const href = top.find(({ name }) => name === shown)?.href;
            return href === undefined ? undefined : (
              <Link href={href} onFollow={follow}>
                {text.chart.open(shown)}
              </Link>
            );
          }}
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
