import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useEffectEvent, useState } from 'react';

import { text } from '../../strings';

const PAUSE_MS = 400;

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  isLoading: boolean;
  /** Null if unknown. */
  matches: number | null;
}

/** A search field that searches when typing pauses. */
export function SearchField({ label, value, onChange, isLoading, matches }: Props) {
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const [seen, setSeen] = useState(value);
  // The address changed: by this field, or by a link or a button.
  if (seen !== value) {
    setSeen(value);
    if (value !== sent) {
      setTyped(value);
      setSent(value);
    }
  }
  const send = useEffectEvent(() => {
    setSent(typed);
    onChange(typed);
  });
  // Cloudscape's delayed event also fires after the user left the page, and would navigate back.
  useEffect(() => {
    if (typed === sent) return;
    const timer = setTimeout(send, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, sent]);
  return (
    <TextFilter
      filteringText={typed}
      filteringAriaLabel={label}
      filteringPlaceholder={label}
      countText={matches === null ? '' : text.table.matches(matches)}
      loading={isLoading || typed !== sent}
      onChange={({ detail }) => setTyped(detail.filteringText)}
    />
  );
}
