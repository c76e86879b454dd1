import ExpandableSection from '@cloudscape-design/components/expandable-section';

import type { Break } from '../api/words';
import { day } from '../format';
import { text } from '../strings';

/** The days on which a provider began to count otherwise: steps in a chart that nobody made. */
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
