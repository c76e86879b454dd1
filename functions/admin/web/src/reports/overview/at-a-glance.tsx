import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { pullRequests, seats, usage } from '../../api/queries';
import { count, percent } from '../../format';
import { BigNumber } from '../../shell/big-number';
import { useFollow } from '../../shell/follow';
import { text } from '../../strings';
import { sum } from '../chart/series';
import { asked, askedOfNow, type Filters } from '../filters/filters';

/** A few numbers about the whole range. */
export function AtAGlance({ filters }: { filters: Filters }) {
  const api = useApi();
  const follow = useFollow();
  const range = asked(filters);
  const totals = useQuery(
    usage(api, { ...range, interval: 'total', metrics: 'active,completions_suggested,completions_accepted,chat_turns' }),
  ).data?.rows;
  const merged = useQuery(pullRequests(api, { ...range, interval: 'total', level: 'organization' })).data?.rows;
  const licences = useQuery(seats(api, askedOfNow(filters))).data?.summary;
  const total = (metric: 'active' | 'completions_suggested' | 'completions_accepted' | 'chat_turns') =>
    sum((totals ?? []).map(({ metrics }) => metrics[metric]));
  const [suggested, accepted] = [total('completions_suggested'), total('completions_accepted')];
  const created = sum((merged ?? []).map(({ metrics }) => metrics.created));
  const byCopilot = sum((merged ?? []).map(({ metrics }) => metrics.created_by_copilot));
  // Who is one person in several accounts nobody can tell from sums.
  const inConnectors = new Set((totals ?? []).filter(({ metrics }) => (metrics.active ?? 0) > 0).map(({ connector }) => connector)).size;
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: text.overview.people,
            value: <BigNumber aside={inConnectors > 1 ? text.overview.inConnectors(inConnectors) : undefined}>{count(total('active'))}</BigNumber>,
          },
          {
            label: text.overview.accepted,
            value: (
              <BigNumber aside={suggested !== null && suggested > 0 && accepted !== null ? text.overview.ofSuggested(percent(accepted / suggested)) : undefined}>
                {count(accepted)}
              </BigNumber>
            ),
          },
          {
            label: text.overview.pullRequests,
            value: (
              <BigNumber aside={created !== null && created > 0 && byCopilot !== null ? text.overview.byCopilot(percent(byCopilot / created)) : undefined}>
                {count(created)}
              </BigNumber>
            ),
          },
          {
            label: text.overview.seats,
            value: (
              <BigNumber
                aside={
                  licences !== undefined && (
                    <Link href="/seats" onFollow={follow}>
                      {text.overview.ofSeats(count(licences.total - licences.unknown))}
                    </Link>
                  )
                }
              >
                {count(licences?.active_28d)}
              </BigNumber>
            ),
          },
        ]}
      />
    </Container>
  );
}
