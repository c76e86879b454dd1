import ExpandableSection from '@cloudscape-design/components/expandable-section';

import type { Break } from '../api/types';
import { day } from '../format';
import { text } from '../strings';

/** Lists the days on which a provider changed a definition. They explain steps in a chart. */
export function BreaksNote({ breaks }: { breaks: readonly Break[] }) {
  if (breaks.length === 0) return null;
  return (
    <ExpandableSection headerText={text.breaks(breaks.length)}>
      <ul>
        {breaks.map((one) => (
          <li key={`${one.day} ${one.text}`}>
            {day(one.day)}: {one.text}
          </li>
        ))}
      </ul>
    </ExpandableSection>
  );
}
