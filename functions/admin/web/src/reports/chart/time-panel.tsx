import Box from '@cloudscape-design/components/box';
import MixedLineBarChart from '@cloudscape-design/components/mixed-line-bar-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { lazy, type ReactNode, useMemo } from 'react';

import type { Break } from '../../api/words';
import type { Interval } from '../../days';
import { compact, count } from '../../format';
import { text } from '../../strings';
import { ChartPanel } from './chart-panel';
import { COLORS } from './colors';
import { bars, lines, marks, MOST_BARS } from './draw';
import { shortPeriodName, stateOf } from './period-name';
import { isEmpty, type Period, type Series } from './series';

const HEIGHT = 220;
/** Loaded once somebody wants to read the numbers. */
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
  /** Bars that stand on each other are parts of a whole. */
  shape: 'bars' | 'stacked' | 'lines';
  /** What is drawn in place of parts when there are too many bars for them: lines do not add up. */
  wholes?: readonly Series[];
  breaks?: readonly Break[];
  format?: (value: number | null) => string;
  axisFormat?: (value: number) => string;
  isLoading: boolean;
  failure: string | null;
  empty: ReactNode;
}

/** What happened over time. A bar that is missing, or a line that is torn, is a gap. */
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
  isLoading,
  failure,
  empty,
}: TimePanelProps) {
  const isBare = isEmpty(series);
  const { drawn, hasLegend } = useMemo(() => {
    const steps = marks(periods, breaks ?? []);
    if (shape !== 'lines' && periods.length <= MOST_BARS) return { drawn: [...bars(periods, series, format), ...steps], hasLegend: true };
    const found = lines(periods, shape === 'lines' ? series : wholes, format, COLORS);
    return { ...found, drawn: [...found.drawn, ...steps] };
  }, [periods, series, wholes, breaks, format, shape]);
  const gaps = periods.filter(({ isKnown }) => !isKnown).length;
  const name = shortPeriodName(interval);
  return (
    <ChartPanel
      title={title}
      description={description}
      file={file}
      numbers={() => ({
        header: ['period', ...series.map((one) => one.title), 'state'],
        rows: periods.map((period, index) => [period.start, ...series.map((one) => one.values[index]), stateOf(period)]),
      })}
      chart={
        <SpaceBetween size="xs">
          <MixedLineBarChart<string>
            series={isBare ? [] : drawn}
            xDomain={periods.map(({ start }) => start)}
            xScaleType="categorical"
            stackedBars={shape === 'stacked'}
            height={HEIGHT}
            hideFilter
            hideLegend={!hasLegend}
            ariaLabel={title}
            yTitle={unit}
            xTickFormatter={name}
            yTickFormatter={axisFormat}
            statusType={isLoading ? 'loading' : failure === null ? 'finished' : 'error'}
            errorText={failure ?? undefined}
            empty={empty}
            i18nStrings={{ xTickFormatter: name, detailPopoverDismissAriaLabel: text.chart.close }}
            detailPopoverFooter={(start) => <PeriodNote period={periods.find((period) => period.start === start)} />}
          />
          {gaps > 0 && !isBare && !isLoading && (
            <StatusIndicator type="info">{text.chart.gaps(gaps, periods.length, interval)}</StatusIndicator>
          )}
        </SpaceBetween>
      }
      table={<PeriodTable title={title} periods={periods} series={series} interval={interval} format={format} empty={empty} />}
    />
  );
}

function PeriodNote({ period }: { period: Period | undefined }) {
  const state = period === undefined ? '' : stateOf(period);
  return state === '' ? null : (
    <Box fontSize="body-s" color="text-body-secondary">
      {state}
    </Box>
  );
}
