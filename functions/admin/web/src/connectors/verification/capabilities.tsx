import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';

import type { Capability, CapabilityOutcome } from '../../api/types';
import { sentence } from '../../format';
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
  refused: 'error',
  unknown: 'info',
};

/** The capabilities of the credential, and the requirements of the missing ones. */
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
        { id: 'id', header: text.verification.capability, isRowHeader: true, minWidth: 130, cell: ({ id }) => readable(id) },
        {
          id: 'outcome',
          header: text.verification.outcome,
          minWidth: 150,
          cell: ({ outcome }) => <StatusIndicator type={STATUS[outcome]}>{text.verification.capabilityOutcomes[outcome]}</StatusIndicator>,
        },
        { id: 'needs', header: text.verification.needs, minWidth: 160, cell: ({ needs }) => (needs ? sentence(needs) : '–') },
      ]}
    />
  );
}

/** `user_teams_report` as readable text. */
function readable(id: string): string {
  return sentence(id.replaceAll('_', ' '));
}
