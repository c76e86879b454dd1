import BarChart from '@cloudscape-design/components/bar-chart';
import Link from '@cloudscape-design/components/link';
import { lazy, type ReactNode } from 'react';

import { compact, count } from '../../format';
import { useFollow } from '../../shell/follow';
import type { PanelQuery } from '../../shell/panel-state';
import { text } from '../../strings';
import { ChartPanel } from './chart-panel';
import { REST_COLOR } from './colors';

const ROW_HEIGHT = 30;
const LONGEST_CHART = 12;

/** Loaded on first use. */
const RankingTable = lazy(() => import('./ranking-table'));

export interface Rank {
  name: string;
  values: (number | null)[];
  /** Unattributed or other rows: shown last and gray. */
  isRest?: boolean;
  /** The id, for a column of the file. */
  id?: string;
  /** The link of the name. */
  href?: string;
}

/** Horizontal bars, the largest first. The table has all rows. */
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
  /** Column headers of the table; the first is for the names. */
  columns: [string, ...string[]];
  ranks: readonly Rank[];
  /** The indexes of the drawn columns. */
  drawn: readonly number[];
  format?: (value: number | null) => string;
  axisFormat?: (value: number) => string;
  isStacked?: boolean;
  note?: ReactNode;
  /** The query of this panel; missing if the numbers are already there. */
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
          // The rest is a separate series with its own color. Stacking saves the room of a second bar.
          stackedBars={isStacked || rest.length > 0}
          hideFilter
          hideLegend={drawn.length === 1}
          height={Math.max(120, top.length * ROW_HEIGHT)}
          ariaLabel={title}
          xDomain={top.map(({ name }) => name)}
          yTickFormatter={axisFormat}
          // Axis labels cannot be links.
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
                  const last = rest.map((one) => ({ ...bars(one.name, [one]), color: REST_COLOR }));
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
