// Distinct people over time. Each person counts once over all assistants, so the lines of assistants must not be added.
import type { ActivePeopleRow } from '../../api/types';
import { text } from '../../strings';
import { TOTAL_COLOR } from '../chart/colors';
import { isEmpty, type Period, type Row, type Series, seriesOfOne, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

type Counted = Row<'active'> & { provider: string | null };

const counted = ({ day, provider, active, provisional, partial }: ActivePeopleRow): Counted => ({
  day,
  provider,
  metrics: { active },
  provisional,
  partial,
});

/** All people and, with several assistants, the people of each. */
export function activeOverTime(
  all: readonly ActivePeopleRow[],
  byProvider: readonly ActivePeopleRow[],
  range: Pick<Filters, 'from' | 'to' | 'interval'>,
  nameAndColor: (provider: string) => Pick<Series, 'title' | 'color'>,
): { periods: Period[]; series: Series[] } {
  const line = timeline<'active', Counted>(all.map(counted), range);
  const providers = [...new Set(byProvider.flatMap(({ provider }) => provider ?? []))];
  const each = providers.map((provider): Series => {
    const own = timeline<'active', Counted>(byProvider.filter((row) => row.provider === provider).map(counted), range);
    const { title, color } = nameAndColor(provider);
    return { ...seriesOfOne<'active', Counted>(own, title, 'active'), ...(color !== undefined && { color }) };
  });
  const reported = each.filter((one) => !isEmpty([one])).sort((a, b) => a.title.localeCompare(b.title));
  if (reported.length < 2) return { periods: line.periods, series: [seriesOfOne<'active', Counted>(line, text.metrics.active, 'active')] };
  const total = { ...seriesOfOne<'active', Counted>(line, text.people.anyAssistant, 'active'), color: TOTAL_COLOR };
  return { periods: line.periods, series: [total, ...reported] };
}
