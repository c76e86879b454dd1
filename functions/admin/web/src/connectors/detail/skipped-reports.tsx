import Alert from '@cloudscape-design/components/alert';

import type { LastPoll } from '../../api/types';
import { sentence } from '../../format';
import { text } from '../../strings';

/** Optional reports that the last poll skipped, with reasons. */
export function SkippedReports({ poll }: { poll: LastPoll | null }) {
  const all = poll?.left_out ?? [];
  return all.length === 0 ? null : (
    <Alert type="info" header={text.connectors.skippedReports}>
      <ul>
        {all.map((one) => (
          <li key={one}>{sentence(one)}</li>
        ))}
      </ul>
    </Alert>
  );
}
