import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import {
  colorBackgroundContainerContent,
  colorBorderDividerDefault,
  colorChartsStatusHigh,
  colorChartsStatusInfo,
  colorChartsStatusMedium,
  colorChartsStatusPositive,
} from '@cloudscape-design/design-tokens';
import { type CSSProperties, useMemo, useState } from 'react';

import type { Dataset, Ledger } from '../../api/types';
import { count } from '../../format';
import type { PanelQuery } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { Calendar } from './calendar';
import { DayDetail } from './day-detail';
import { cells, STATES, tally, weeks, withoutPrehistory } from './days-of-ledger';
import classes from './ledger-calendar.module.css';
import { LedgerTable } from './ledger-table';

const ALL = 'all';

/** Cloudscape colors, which fit both themes. */
const COLORS = {
  '--good': colorChartsStatusPositive,
  '--bad': colorChartsStatusHigh,
  '--hole': colorChartsStatusMedium,
  '--waiting': colorChartsStatusInfo,
  '--nothing': colorBorderDividerDefault,
  '--paper': colorBackgroundContainerContent,
} as CSSProperties;

/** Shows the state of the history, one square per day. */
export function LedgerCalendar({ query }: { query: PanelQuery & { data: Ledger | undefined } }) {
  const ledger = query.data;
  const [dataset, setDataset] = useState(ALL);
  const [view, setView] = useState('calendar');
  const [chosen, setChosen] = useState<string | null>(null);
  const days = useMemo(
    () => (ledger === undefined ? [] : withoutPrehistory(cells(ledger, dataset === ALL ? null : dataset))),
    [ledger, dataset],
  );
  const datasets = useMemo(() => [...new Set(ledger?.days.flatMap((day) => Object.keys(day.datasets)))].sort() as Dataset[], [ledger]);
  const counts = tally(days);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={text.ledger.description}
          actions={
            <SegmentedControl
              label={text.ledger.view}
              selectedId={view}
              onChange={({ detail }) => setView(detail.selectedId)}
              options={[
                { id: 'calendar', text: text.ledger.calendar },
                { id: 'table', text: text.chart.table },
              ]}
            />
          }
        >
          {text.ledger.title}
        </Header>
      }
    >
      <QueryPanel query={query}>
        {ledger === undefined ? null : days.length === 0 ? (
          <Box textAlign="center" color="text-status-inactive">
            {text.ledger.empty}
          </Box>
        ) : view === 'table' ? (
          <LedgerTable ledger={ledger} datasets={datasets} />
        ) : (
          <div style={COLORS}>
          <SpaceBetween size="m">
            <SegmentedControl
              label={text.ledger.dataset}
              selectedId={dataset}
              onChange={({ detail }) => setDataset(detail.selectedId)}
              options={[{ id: ALL, text: text.ledger.allDatasets }, ...datasets.map((id) => ({ id, text: text.datasets[id] }))]}
            />
            <Calendar weeks={weeks(days)} chosen={chosen} onChoose={setChosen} />
            <ul className={classes.legend} aria-label={text.ledger.legend}>
              {STATES.filter((state) => counts.has(state)).map((state) => (
                <li key={state}>
                  <span className={`${classes.square} ${classes[state]}`} aria-hidden />
                  {text.ledger.states[state]} <Box variant="span" color="text-body-secondary">{count(counts.get(state))}</Box>
                </li>
              ))}
            </ul>
            <DayDetail cell={days.find(({ day }) => day === chosen) ?? null} />
          </SpaceBetween>
          </div>
        )}
      </QueryPanel>
    </Container>
  );
}
