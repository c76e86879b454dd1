import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';

import { useApi } from '../../api/client';
import { connectors } from '../../api/queries';
import { OpenNotices } from '../../connectors/open-notices';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { ActivePeoplePanel } from '../people/active-people-panel';
import { AtAGlance } from './at-a-glance';
import { ConnectorsAtAGlance } from './connectors-at-a-glance';
import { TopValues } from './top-values';
import { Welcome } from './welcome';

/** The overview over all connectors. */
export default function OverviewPage() {
  const [filters] = useFilters();
  const connected = useQuery(connectors(useApi())).data;
  // The charts are below the fold, so they render after the first paint.
  const hasCharts = useDeferredValue(true, false);
  if (connected?.length === 0) return <Welcome />;
  return (
    <Page title={text.overview.title} description={text.overview.description}>
      <SpaceBetween size="l">
        <OpenNotices />
        <FiltersBar />
        <AtAGlance filters={filters} />
        <ConnectorsAtAGlance />
        {hasCharts && (
          <SpaceBetween size="l">
            <ActivePeoplePanel title={text.overview.active} file="active-people" filters={filters} />
            <Grid gridDefinition={[{ colspan: { default: 12, m: 6 } }, { colspan: { default: 12, m: 6 } }]}>
              <TopValues filters={filters} by="language" />
              <TopValues filters={filters} by="model" />
            </Grid>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Page>
  );
}
