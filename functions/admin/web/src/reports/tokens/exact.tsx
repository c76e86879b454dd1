import { count } from '../../format';

/** A short number; the exact one appears when the pointer rests on it. */
export function Exact({ value, format }: { value: number | null; format: (value: number | null) => string }) {
  return value === null ? <>{format(value)}</> : <span title={count(value)}>{format(value)}</span>;
}
