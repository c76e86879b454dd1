import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { connectors, usage } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { ActivityMetric, UsageRow } from '../../api/words';
import { text } from '../../strings';
import { sum, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { useBreaks } from '../use-breaks';

/** Active people, one colour for each connector. */
export function ActivePeople({ filters }: { filters: Filters }) {
  const api = useApi();
  const { from, to, interval } = filters;
  const { data, isPending, error } = useQuery(usage(api, { ...asked(filters), interval, metrics: 'active,engaged' }));
  const known = useQuery(connectors(api)).data;
  const breaks = useBreaks(filters);
  const { periods, series } = useMemo(() => {
    const line = timeline<ActivityMetric, UsageRow>(data?.rows ?? [], { from, to, interval });
    const ids = [...new Set((data?.rows ?? []).map(({ connector }) => connector))];
    return {
      periods: line.periods,
      series: ids.map((id) => ({
        title: known?.find((connector) => connector.id === id)?.name ?? id,
        values: line.rows.map((rows) => sum(rows.filter(({ connector }) => connector === id).map(({ metrics }) => metrics.active))),
      })),
    };
  }, [data, known, from, to, interval]);
  return (
    <TimePanel
      title={text.overview.active}
      description={series.length > 1 ? text.overview.activeOfSeveral : text.overview.activeDescription}
      file="active-people"
      periods={periods}
      series={series}
      interval={interval}
      unit={text.units.people}
      shape="stacked"
      breaks={breaks}
      isLoading={isPending}
      failure={error === null ? null : detailOf(error)}
      empty={<EmptyState filters={filters} />}
    />
  );
}
