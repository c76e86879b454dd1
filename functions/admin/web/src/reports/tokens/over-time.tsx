import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { tokens } from '../../api/queries';
import type { TokenRow } from '../../api/types';
import { text } from '../../strings';
import { TimePanel } from '../chart/time-panel';
import type { Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';
import { useBreaks } from '../use-breaks';
import { byKind, byModel } from './figures';
import { NoTokens } from './no-tokens';
import { tokensQuery, type TokenFilters } from './token-filters';

const SPLITS = ['kind', 'model'] as const;
const NOTHING: TokenRow[] = [];

/** Tokens over time, stacked by their type or by model. */
export function OverTime({ filters, only }: { filters: Filters; only: TokenFilters }) {
  const [search, setSearch] = useAddress();
  const split = SPLITS.find((one) => one === search.get('split')) ?? 'kind';
  const { from, to, interval } = filters;
  const query = useQuery(tokens(useApi(), { ...tokensQuery(filters, only), interval, ...(split === 'model' && { by: 'model' }) }));
  const rows = query.data?.rows ?? NOTHING;
  const drawn = useMemo(() => (split === 'model' ? byModel : byKind)(rows, { from, to, interval }), [split, rows, from, to, interval]);
  const breaks = useBreaks(filters);
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label={text.tokens.split}
        selectedId={split}
        options={SPLITS.map((id) => ({ id, text: text.tokens.splits[id] }))}
        onChange={({ detail }) =>
          setSearch((now) => {
            const next = new URLSearchParams(now);
            next.set('split', detail.selectedId);
            return next;
          })
        }
      />
      <TimePanel
        {...drawn}
        title={text.tokens.overTime}
        file={`tokens-by-${split}-${interval}`}
        unit={text.tokens.unit}
        interval={interval}
        shape="stacked"
        breaks={breaks}
        query={query}
        empty={<NoTokens filters={filters} />}
      />
    </SpaceBetween>
  );
}
