import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, Suspense, useState } from 'react';

import { Loading } from '../../shell/loading';
import { type PanelQuery, stateOf } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { type Cell, csv, download } from './csv';

interface Numbers {
  header: string[];
  rows: Cell[][];
}

/** A chart with its table and its CSV file. */
export function ChartPanel({
  title,
  description,
  file,
  numbers,
  chart,
  table,
  note,
  query,
}: {
  title: string;
  description?: ReactNode;
  /** The name of the file, without extension. */
  file: string;
  numbers: () => Numbers;
  chart: ReactNode;
  table: ReactNode;
  /** A note about these numbers. */
  note?: ReactNode;
  /** The query of this panel; missing if the numbers are already there. */
  query?: PanelQuery | undefined;
}) {
  const [shown, setShown] = useState('chart');
  const hasNumbers = query === undefined || ['ready', 'stale'].includes(stateOf(query));
  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h2"
          description={description}
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="end">
              <SegmentedControl
                label={text.chart.shownAs(title)}
                selectedId={shown}
                onChange={({ detail }) => setShown(detail.selectedId)}
                options={[
                  { id: 'chart', text: text.chart.chart },
                  { id: 'table', text: text.chart.table },
                ]}
              />
              <Button
                iconName="download"
                disabled={!hasNumbers}
                ariaLabel={text.chart.downloadOf(title)}
                onClick={() => {
                  const { header, rows } = numbers();
                  download(`${file}.csv`, csv(header, rows));
                }}
              >
                {text.chart.csv}
              </Button>
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
    >
      <QueryPanel query={query}>
        <SpaceBetween size="s">
          {note !== undefined && note !== null && <Alert type="info">{note}</Alert>}
          {shown === 'chart' ? chart : <Suspense fallback={<Loading />}>{table}</Suspense>}
        </SpaceBetween>
      </QueryPanel>
    </Container>
  );
}
