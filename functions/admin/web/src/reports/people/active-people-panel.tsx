import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { activePeople } from '../../api/queries';
import type { ActivePeopleRow } from '../../api/words';
import { together } from '../../shell/panel-state';
import { text } from '../../strings';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { useKnown } from '../known-connectors';
import { useBreaks } from '../use-breaks';
import { activeOverTime } from './active-over-time';

const NOTHING: ActivePeopleRow[] = [];

/** Active people over time, each counted once over all connectors; of a team those who were in it on each day. */
export function ActivePeoplePanel({ title, file, filters, team }: { title: string; file: string; filters: Filters; team?: string }) {
  const api = useApi();
  const { from, to, interval } = filters;
  const question = { ...asked(filters), interval, ...(team !== undefined && { team }) };
  const isOfOne = filters.connector !== null || filters.provider !== null;
  const all = useQuery(activePeople(api, question));
  const byProvider = useQuery({ ...activePeople(api, { ...question, by: 'provider' }), enabled: !isOfOne });
  const { assistantName, assistantColor } = useKnown();
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
      query={isOfOne ? all : together(all, byProvider)}
      empty={<EmptyState filters={filters} />}
    />
  );
}
