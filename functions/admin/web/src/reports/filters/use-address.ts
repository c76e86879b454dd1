import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

type Change = (now: URLSearchParams) => URLSearchParams;

/**
 * The address and a function to change it. A change starts from the current address, not from the address
 * of the last render: of two changes in a row, the second keeps the first.
 */
export function useAddress(): [URLSearchParams, (change: Change, how?: { replace?: boolean }) => void] {
  const [address, setAddress] = useSearchParams();
  const write = useCallback(
    (change: Change, how?: { replace?: boolean }) => setAddress(change(new URLSearchParams(window.location.search)), how),
    [setAddress],
  );
  return [address, write];
}
