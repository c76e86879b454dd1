import Box from '@cloudscape-design/components/box';
import Icon from '@cloudscape-design/components/icon';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, type ReactNode } from 'react';

import type { Break } from '../../api/types';
import type { Interval } from '../../days';
import { compact, count } from '../../format';
import type { PanelQuery } from '../../shell/panel-state';
import { text } from '../../strings';
import { ChartPanel } from './chart-panel';
import { Bars } from './bars';
import { isAllProvisional, MOST_BARS } from './draw';
import { Lines } from './lines';
import { stateOf } from './period-name';
import { isEmpty, type Period, type Series } from './series';

const NO_BREAKS: readonly Break[] = [];
/** Loaded on first use. */
const PeriodTable = lazy(() => import('./period-table'));

export interface TimePanelProps {
  title: string;
  description?: ReactNode;
  file: string;
  /** What the vertical axis counts. */
  unit: string;
  periods: readonly Period[];
  series: readonly Series[];
  interval: Interval;
  /** Stacked bars are parts of a whole. */
  shape: 'bars' | 'stacked' | 'lines';
  /** Drawn instead of parts if there are too many bars, because lines do not stack. */
  wholes?: readonly Series[];
  breaks?: readonly Break[];
  format?: (value: number | null) => string;
  axisFormat?: (value: number) => string;
  /** The query of this panel; missing if the numbers are already there. */
  query?: PanelQuery | undefined;
  /** A note about these numbers. */
  note?: ReactNode;
  /** The text about periods without a row. */
  gapsNote?: typeof text.chart.gaps;
  empty: ReactNode;
}

/** A panel with numbers over time. A missing bar or a broken line is a gap. */
export function TimePanel({
  title,
  description,
  file,
  unit,
  periods,
  series,
  interval,
  shape,
  wholes = series,
  breaks,
  format = count,
  axisFormat = compact,
  query,
  note,
  gapsNote = text.chart.gaps,
  empty,
}: TimePanelProps) {
  const isBare = isEmpty(series);
  const gaps = periods.filter(({ isKnown }) => !isKnown).length;
  const common = {
    title,
    unit,
    periods,
    breaks: breaks ?? NO_BREAKS,
    interval,
    format,
    axisFormat,
    empty,
  };
  return (
    <ChartPanel
      title={title}
      description={description}
      file={file}
      query={query}
      note={note}
      numbers={() => ({
        header: ['period', ...series.map((one) => one.title), 'state'],
        rows: periods.map((period, index) => [period.start, ...series.map((one) => one.values[index]), stateOf(period)]),
      })}
      chart={
        <SpaceBetween size="xs">
          {shape !== 'lines' && periods.length <= MOST_BARS ? (
            <Bars {...common} series={isBare ? [] : series} isStacked={shape === 'stacked'} />
          ) : (
            <Lines {...common} series={isBare ? [] : shape === 'lines' ? series : wholes} />
          )}
          {isAllProvisional(periods) && !isBare && <Remark>{text.chart.allProvisional}</Remark>}
          {gaps > 0 && !isBare && <Remark>{gapsNote(gaps, periods.length, interval)}</Remark>}
        </SpaceBetween>
      }
      table={<PeriodTable title={title} periods={periods} series={series} interval={interval} format={format} empty={empty} />}
    />
  );
}

/** A StatusIndicator would break words at the end of a line. */
function Remark({ children }: { children: ReactNode }) {
  return (
    <Box color="text-status-info">
      <Icon name="status-info" /> {children}
    </Box>
  );
}
