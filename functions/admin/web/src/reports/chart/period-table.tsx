import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Table from '@cloudscape-design/components/table';
import { type ReactNode, useMemo, useState } from 'react';

import type { Interval } from '../../days';
import { text } from '../../strings';
import { periodName, stateOf } from './period-name';
import { isEmpty, type Period, type Series } from './series';

const PAGE = 31;

interface Place {
  period: Period;
  index: number;
}

/** The numbers of a chart over time as a table, newest first. */
export default function PeriodTable({
  title,
  periods,
  series,
  interval,
  format,
  empty,
}: {
  title: string;
  periods: readonly Period[];
  series: readonly Series[];
  interval: Interval;
  format: (value: number | null) => string;
  empty: ReactNode;
}) {
  const [shown, setShown] = useState(PAGE);
  const newestFirst = useMemo(() => periods.map((period, index) => ({ period, index })).reverse(), [periods]);
  return (
    <Table<Place>
      variant="embedded"
      contentDensity="compact"
      ariaLabels={{ tableLabel: title }}
      items={isEmpty(series) ? [] : newestFirst.slice(0, shown)}
      trackBy={({ period }) => period.start}
      columnDefinitions={[
        { id: 'period', header: text.chart.period, cell: ({ period }) => periodName(interval)(period.start), isRowHeader: true },
        ...series.map(({ title: header, values }) => ({
          id: header,
          header,
          cell: ({ index }: Place) => format(values[index] ?? null),
        })),
        { id: 'state', header: text.chart.state, cell: ({ period }) => stateOf(period, text.chart.provisionalShort) },
      ]}
      empty={empty}
      footer={
        shown < periods.length && (
          <Box textAlign="center">
            <Button variant="inline-link" onClick={() => setShown(periods.length)}>
              {text.chart.showAll(periods.length)}
            </Button>
          </Box>
        )
      }
    />
  );
}
