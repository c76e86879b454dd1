import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { usage } from '../../api/queries';
import type { ActivityMetric, UsageRow } from '../../api/words';
import { text } from '../../strings';
import { apart, series, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { useKnown } from '../known-connectors';
import { useBreaks } from '../use-breaks';

/** Active people of each connector, side by side: a person may use several, so that they must not be stacked. */
export function ActivePeople({ filters }: { filters: Filters }) {
  const { from, to, interval } = filters;
  const query = useQuery(usage(useApi(), { ...asked(filters), interval, metrics: 'active,engaged' }));
  const known = useKnown();
  const breaks = useBreaks(filters);
  const { periods, all } = useMemo(() => {
    const line = timeline<ActivityMetric, UsageRow>(query.data?.rows ?? [], { from, to, interval });
    const each = apart(line, ({ connector }) => connector).sort(([a], [b]) => known.byAge(a, b));
    return {
      periods: line.periods,
      all: each.map(([id, its]) => {
        const color = known.connectorColor(id);
        return { ...series<ActivityMetric, UsageRow>(its, known.connectorName(id), 'active'), ...(color !== undefined && { color }) };
      }),
    };
  }, [query.data, known, from, to, interval]);
  return (
    <TimePanel
      title={text.overview.active}
      description={all.length > 1 ? text.overview.activeOfSeveral : text.overview.activeDescription}
      file="active-people"
      periods={periods}
      series={all}
      interval={interval}
      unit={text.units.people}
      shape={all.length > 1 ? 'lines' : 'bars'}
      breaks={breaks}
      query={query}
      empty={<EmptyState filters={filters} />}
    />
  );
}
