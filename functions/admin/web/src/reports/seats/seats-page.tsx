import SpaceBetween from '@cloudscape-design/components/space-between';

import { Page } from '../../shell/page';
import { text } from '../../strings';
import { EmptyState } from '../empty-state';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { SeatsTable } from './seats-table';

/** The page of seats. */
export default function SeatsPage() {
  const [filters] = useFilters();
  return (
    <Page title={text.seats.title} description={text.seats.description}>
      <SpaceBetween size="l">
        <FiltersBar hasInterval={false} hasRange={false} />
        <SeatsTable filters={filters} empty={<EmptyState filters={filters} />} />
      </SpaceBetween>
    </Page>
  );
}
