import SpaceBetween from '@cloudscape-design/components/space-between';

import { Page } from '../../shell/page';
import { text } from '../../strings';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { UsageCharts } from './usage-charts';

/** The page of usage over time. */
export default function UsagePage() {
  const [filters] = useFilters();
  return (
    <Page title={text.usage.title} description={text.usage.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <UsageCharts filters={filters} />
      </SpaceBetween>
    </Page>
  );
}

