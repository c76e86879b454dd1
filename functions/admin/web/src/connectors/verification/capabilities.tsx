import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';

import type { Capability, CapabilityOutcome } from '../../api/words';
import { text } from '../../strings';

const STATUS: Record<CapabilityOutcome, StatusIndicatorProps.Type> = {
  ok: 'success',
  missing_permission: 'error',
  policy_off: 'error',
  sso_required: 'error',
  not_in_plan: 'stopped',
  not_found: 'error',
  not_ready: 'pending',
  rate_limited: 'warning',
  unknown: 'info',
};

/** What the credential opens, and what would open the rest. */
export function Capabilities({ capabilities }: { capabilities: readonly Capability[] }) {
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      ariaLabels={{ tableLabel: text.verification.capabilities }}
      items={[...capabilities]}
      trackBy="id"
      columnDefinitions={[
        { id: 'id', header: text.verification.capability, isRowHeader: true, cell: ({ id }) => readable(id) },
        {
          id: 'outcome',
          header: text.verification.outcome,
          cell: ({ outcome }) => <StatusIndicator type={STATUS[outcome]}>{text.verification.capabilityOutcomes[outcome]}</StatusIndicator>,
        },
        { id: 'needs', header: text.verification.needs, cell: ({ needs }) => needs ?? '–' },
      ]}
    />
  );
}

/** `user_teams_report` as people read it. */
function readable(id: string): string {
  const words = id.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
