import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

type Change = (now: URLSearchParams) => URLSearchParams;

/**
 * What the address says, and a way to change it. A change starts from the address as it is at that moment, not as it was
 * when the page was drawn: of two changes in a row, the second keeps the first.
 */
export function useAddress(): [URLSearchParams, (change: Change, how?: { replace?: boolean }) => void] {
  const [address, setAddress] = useSearchParams();
  const write = useCallback(
    (change: Change, how?: { replace?: boolean }) => setAddress(change(new URLSearchParams(window.location.search)), how),
    [setAddress],
  );
  return [address, write];
}
