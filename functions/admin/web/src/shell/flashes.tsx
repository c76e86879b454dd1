import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';

import { detailOf } from '../api/refusal';
import { text } from '../strings';

type Flash = FlashbarProps.MessageDefinition;

interface Flashes {
  shown: readonly Flash[];
  succeed: (content: ReactNode) => void;
  fail: (error: unknown) => void;
}

const Context = createContext<Flashes | null>(null);

let last = 0;

/** Messages about finished actions. They survive a change of page. */
export function FlashProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly Flash[]>([]);
  const show = useCallback((type: 'success' | 'error', content: ReactNode) => {
    last += 1;
    const id = String(last);
    const dismiss = () => setShown((flashes) => flashes.filter((flash) => flash.id !== id));
    setShown((flashes) => [{ id, type, content, dismissible: true, dismissLabel: text.notices.dismiss, onDismiss: dismiss }, ...flashes]);
  }, []);
  const flashes = useMemo<Flashes>(
    () => ({ shown, succeed: (content) => show('success', content), fail: (error) => show('error', detailOf(error)) }),
    [shown, show],
  );
  return <Context value={flashes}>{children}</Context>;
}

export function useFlashes(): Flashes {
  const flashes = useContext(Context);
  if (flashes === null) throw new Error('there are no flashes around this component');
  return flashes;
}
