import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import Steps, { type StepsProps } from '@cloudscape-design/components/steps';

import type { Check, CheckOutcome } from '../../api/types';
import { sentence } from '../../format';
import { text } from '../../strings';

const STATUS: Record<CheckOutcome, StepsProps.Status> = {
  pass: 'success',
  warn: 'warning',
  fail: 'error',
  unknown: 'info',
  skipped: 'stopped',
};

/** The checks with outcome and reason, and the fix of each check that did not pass. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <Steps
      ariaLabel={text.verification.checks}
      steps={checks.map((check) => ({
        status: STATUS[check.outcome],
        statusIconAriaLabel: text.verification.outcomes[check.outcome],
        header: sentence(check.title),
        details: (
          <>
            <Box color="text-body-secondary">{sentence(check.detail)}</Box>
            {check.fix !== null && check.fix !== undefined && <Fix fix={check.fix} />}
          </>
        ),
      }))}
    />
  );
}

function Fix({ fix: { text: what, url } }: { fix: NonNullable<Check['fix']> }) {
  return (
    <Box>
      <b>{text.verification.fix}</b> {what}{' '}
      {url !== null && url !== undefined && (
        <Link href={url} external variant="primary" externalIconAriaLabel={text.verification.newTab}>
          {text.verification.openFix}
        </Link>
      )}
    </Box>
  );
}
