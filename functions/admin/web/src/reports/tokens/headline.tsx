import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Icon from '@cloudscape-design/components/icon';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { useApi } from '../../api/client';
import { connectors, providers } from '../../api/queries';
import type { TokenRow } from '../../api/types';
import { headline, percent } from '../../format';
import { BigNumber } from '../../shell/big-number';
import type { PanelQuery } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import type { Filters } from '../filters/filters';
import { useConnectorLabels } from '../connector-labels';
import { Exact } from './exact';
import { type Figure, hitRate, silent, total } from './figures';

/** A few numbers over the whole range, and the connectors that they leave out. */
export function Headline({ query, rows, filters, isNarrowed }: { query: PanelQuery; rows: readonly TokenRow[]; filters: Filters; isNarrowed: boolean }) {
  const { connectorName } = useConnectorLabels();
  const aside = ({ value, without }: Figure) => (value === null || without.length === 0 ? undefined : text.tokens.without(without.map(connectorName)));
  const amount = (figure: Figure) => (
    <BigNumber aside={aside(figure)}>
      <Exact value={figure.value} format={headline} />
    </BigNumber>
  );
  const rate = hitRate(rows);
  return (
    <Container>
      <QueryPanel query={query}>
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={4}
            items={[
              { label: text.tokens.input, value: amount(total(rows, 'tokens_in')) },
              { label: text.tokens.output, value: amount(total(rows, 'tokens_out')) },
              {
                label: text.tokens.hitRate,
                value: <BigNumber aside={rate.value === null ? undefined : (aside(rate) ?? text.tokens.hitRateDescription)}>{percent(rate.value)}</BigNumber>,
              },
              { label: text.tokens.requests, value: amount(total(rows, 'requests')) },
            ]}
          />
          {/* With a filter, a connector without rows says nothing about its provider. */}
          {!isNarrowed && <Silent rows={rows} filters={filters} />}
        </SpaceBetween>
      </QueryPanel>
    </Container>
  );
}

/** Lists the connectors without tokens, which are not zero. */
function Silent({ rows, filters }: { rows: readonly TokenRow[]; filters: Filters }) {
  const { assistantName } = useConnectorLabels();
  const api = useApi();
  const connected = useQuery(connectors(api)).data ?? [];
  const all = useQuery(providers(api)).data ?? [];
  const { never, notInRange } = silent(connected, rows, all, filters);
  return (
    <SpaceBetween size="xs">
      {never.map(({ id, name, provider }) => (
        <Note key={id}>{text.tokens.neverReported(name, assistantName(provider))}</Note>
      ))}
      {notInRange.map(({ id, name }) => (
        <Note key={id}>{text.tokens.nothingReported(name)}</Note>
      ))}
    </SpaceBetween>
  );
}

/** A StatusIndicator would break words at the end of a line. */
function Note({ children }: { children: ReactNode }) {
  return (
    <Box color="text-status-info">
      <Icon name="status-info" /> {children}
    </Box>
  );
}
