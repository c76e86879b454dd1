// How many people there are, and how many of them may be one person at two providers.
import type { Person } from '../../api/words';

export interface Distinct {
  people: number;
  /** At most so many are counted twice. */
  doubles: number;
  /** The providers whose people have no e-mail address, so that they match no person elsewhere. */
  without: string[];
}

/**
 * Two of one provider are two people, and two e-mail addresses are two people. So there are at least as many people as
 * the largest such group has; the rest may be doubles.
 */
export function distinct(people: readonly Pick<Person, 'email' | 'providers'>[]): Distinct {
  const nameless = people.filter(({ email }) => (email ?? '') === '');
  const groups = new Map<string, number>();
  for (const provider of people.flatMap(({ providers }) => providers)) groups.set(provider, (groups.get(provider) ?? 0) + 1);
  const certain = Math.max(0, people.length - nameless.length, ...groups.values());
  const doubles = people.length - certain;
  return { people: people.length, doubles, without: doubles === 0 ? [] : [...new Set(nameless.flatMap(({ providers }) => providers))].sort() };
}

/** Who did something in the range; a person may be seen without being active. */
export const active = <P extends Pick<Person, 'active_days'>>(people: readonly P[]): P[] => people.filter(({ active_days }) => active_days > 0);
