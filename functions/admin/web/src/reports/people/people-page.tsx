import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useFollow } from '../../shell/follow';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { PeopleTable } from './people-table';

/** The page of people. */
export default function PeoplePage() {
  const follow = useFollow();
  const [filters] = useFilters();
  return (
    <Page
      title={text.people.title}
      description={text.people.description}
      actions={
        <Button href="/identities" onFollow={follow}>
          {text.identities.fromPeople}
        </Button>
      }
    >
      <SpaceBetween size="l">
        <FiltersBar hasInterval={false} />
        <PeopleTable filters={filters} file="people" />
      </SpaceBetween>
    </Page>
  );
}
