import TextFilter from '@cloudscape-design/components/text-filter';
import { useState } from 'react';

import { text } from '../../strings';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  isLoading: boolean;
  /** Null where the number is not known. */
  matches: number | null;
}

/** What is typed is sought once the typing pauses. */
export function SearchField({ label, value, onChange, isLoading, matches }: Props) {
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const [seen, setSeen] = useState(value);
  // The address changed: either it is what was sent from here, or a link or a button has changed it.
  if (seen !== value) {
    setSeen(value);
    if (value !== sent) {
      setTyped(value);
      setSent(value);
    }
  }
  return (
    <TextFilter
      filteringText={typed}
      filteringAriaLabel={label}
      filteringPlaceholder={label}
      countText={matches === null ? '' : text.table.matches(matches)}
      loading={isLoading}
      onChange={({ detail }) => setTyped(detail.filteringText)}
      onDelayedChange={({ detail }) => {
        setSent(detail.filteringText);
        onChange(detail.filteringText);
      }}
    />
  );
}
