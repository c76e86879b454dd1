import { count } from '../../format';

/** A short number with the exact number as a tooltip. */
export function Exact({ value, format }: { value: number | null; format: (value: number | null) => string }) {
  return value === null ? <>{format(value)}</> : <span title={count(value)}>{format(value)}</span>;
}
