import Box from '@cloudscape-design/components/box';
import Popover from '@cloudscape-design/components/popover';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { Connector, ConnectorState, LastPoll } from '../api/types';
import { day, time } from '../format';
import { text } from '../strings';
import { urgency } from './urgency';

const TYPES: Record<ConnectorState, StatusIndicatorProps.Type> = {
  active: 'success',
  paused: 'stopped',
  failing: 'error',
  owner_must_act: 'warning',
};

/** The state of a connector. A click shows what to do. */
export function ConnectorStatus({ connector: { state, state_detail, last_poll } }: { connector: Connector }) {
  if (state === 'active' && (last_poll ?? null) === null) {
    return <StatusIndicator type="in-progress">{text.connectors.firstPoll}</StatusIndicator>;
  }
  const status = <StatusIndicator type={TYPES[state]}>{text.connectors.states[state]}</StatusIndicator>;
  return <WithDetails by={state_detail ?? null}>{status}</WithDetails>;
}

export function PollStatus({ poll }: { poll: LastPoll | null }) {
  if (poll === null) return <StatusIndicator type="pending">{text.connectors.notPolled}</StatusIndicator>;
  const type = poll.outcome === 'ok' ? 'success' : poll.outcome === 'partial' ? 'warning' : 'error';
  const status = <StatusIndicator type={type}>{text.connectors.outcomes[poll.outcome]}</StatusIndicator>;
  return (
    <>
      <WithDetails by={poll.detail ?? null}>{status}</WithDetails>
      <Box color="text-body-secondary" fontSize="body-s">
        {time(poll.at)}
      </Box>
    </>
  );
}

/** The remaining days of a token. */
export function DaysLeft({ token: { days_left, expires_at } }: { token: Connector['token'] }) {
  if (days_left === null || days_left === undefined) return <>{text.connectors.noExpiry}</>;
  const type = { over: 'error', soon: 'warning', later: 'success' }[urgency(days_left)] as StatusIndicatorProps.Type;
  return (
    <WithDetails by={text.connectors.expiresOn(day(expires_at?.slice(0, 10)))}>
      <StatusIndicator type={type}>{text.connectors.daysLeft(days_left)}</StatusIndicator>
    </WithDetails>
  );
}

function WithDetails({ by, children }: { by: string | null; children: React.ReactNode }) {
  return by === null ? (
    children
  ) : (
    <Popover triggerType="text" content={by} size="large" dismissAriaLabel={text.chart.close}>
      {children}
    </Popover>
  );
}
