import SpaceBetween from '@cloudscape-design/components/space-between';

import { Page } from '../../shell/page';
import { text } from '../../strings';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { CostPanels } from './cost-panels';

/** The page of costs. */
export default function CostsPage() {
  const [filters] = useFilters();
  return (
    <Page title={text.costs.title} description={text.costs.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <CostPanels filters={filters} />
      </SpaceBetween>
    </Page>
  );
}
