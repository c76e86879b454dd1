import type { SeatRow } from '../../api/words';

const USES = ['active', 'idle', 'never'] as const;
export type Use = (typeof USES)[number];

/** As the API's summary counts. */
const IDLE_AFTER_DAYS = 28;

export const isUse = (value: string | null): value is Use => USES.some((use) => use === value);

export function seatUse({ idle_days }: Pick<SeatRow, 'idle_days'>): Use {
  if (idle_days === null) return 'never';
  return idle_days <= IDLE_AFTER_DAYS ? 'active' : 'idle';
}
