import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { activePeople } from '../../api/queries';
import type { ActivePeopleRow } from '../../api/types';
import { combine } from '../../shell/panel-state';
import { text } from '../../strings';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { useConnectorLabels } from '../connector-labels';
import { useBreaks } from '../use-breaks';
import { activeOverTime } from './active-over-time';

const NOTHING: ActivePeopleRow[] = [];

/** Active people over time, each counted once over all connectors. For a team, its members on each day. */
export function ActivePeoplePanel({ title, file, filters, team }: { title: string; file: string; filters: Filters; team?: string }) {
  const api = useApi();
  const { from, to, interval } = filters;
  const query = { ...queryOf(filters), interval, ...(team !== undefined && { team }) };
  const isOfOne = filters.connector !== null || filters.provider !== null;
  const all = useQuery(activePeople(api, query));
  const byProvider = useQuery({ ...activePeople(api, { ...query, by: 'provider' }), enabled: !isOfOne });
  const { assistantName, assistantColor } = useConnectorLabels();
  const breaks = useBreaks(filters);
  const { periods, series } = useMemo(() => {
    const nameAndColor = (provider: string) => {
      const color = assistantColor(provider);
      return { title: assistantName(provider), ...(color !== undefined && { color }) };
    };
    return activeOverTime(all.data?.rows ?? NOTHING, byProvider.data?.rows ?? NOTHING, { from, to, interval }, nameAndColor);
  }, [all.data, byProvider.data, assistantName, assistantColor, from, to, interval]);
  return (
    <TimePanel
      title={title}
      description={series.length > 1 ? text.people.activeOfSeveral : text.people.activeDescription}
      file={file}
      periods={periods}
      series={series}
      interval={interval}
      unit={text.units.people}
      shape={series.length > 1 ? 'lines' : 'bars'}
      breaks={breaks}
      query={isOfOne ? all : combine(all, byProvider)}
      empty={<EmptyState filters={filters} />}
    />
  );
}
