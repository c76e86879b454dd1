// Distinct people over time. Each is counted once over all assistants: the lines of assistants must not be added.
import type { ActivePeopleRow } from '../../api/words';
import { text } from '../../strings';
import { EVERYBODY } from '../chart/colors';
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

/** All people, and where there are several assistants the people of each. */
export function activeOverTime(
  all: readonly ActivePeopleRow[],
  byProvider: readonly ActivePeopleRow[],
  range: Pick<Filters, 'from' | 'to' | 'interval'>,
  nameAndColor: (provider: string) => Pick<Series, 'title' | 'color'>,
): { periods: Period[]; series: Series[] } {
  const line = timeline<'active', Counted>(all.map(counted), range);
  const providers = [...new Set(byProvider.flatMap(({ provider }) => provider ?? []))];
  const each = providers.map((provider): Series => {
    const its = timeline<'active', Counted>(byProvider.filter((row) => row.provider === provider).map(counted), range);
    const { title, color } = nameAndColor(provider);
    return { ...seriesOfOne<'active', Counted>(its, title, 'active'), ...(color !== undefined && { color }) };
  });
  const known = each.filter((one) => !isEmpty([one])).sort((a, b) => a.title.localeCompare(b.title));
  if (known.length < 2) return { periods: line.periods, series: [seriesOfOne<'active', Counted>(line, text.metrics.active, 'active')] };
  const everybody = { ...seriesOfOne<'active', Counted>(line, text.people.anyAssistant, 'active'), color: EVERYBODY };
  return { periods: line.periods, series: [everybody, ...known] };
}
