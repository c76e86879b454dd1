/** People are first told two weeks before a token ends. */
const SOON_DAYS = 14;

export function urgency(daysLeft: number): 'over' | 'soon' | 'later' {
  if (daysLeft < 0) return 'over';
  return daysLeft <= SOON_DAYS ? 'soon' : 'later';
}
