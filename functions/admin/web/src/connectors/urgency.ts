/** The first notice is sent two weeks before a token expires. */
const SOON_DAYS = 14;

export function urgency(daysLeft: number): 'over' | 'soon' | 'later' {
  if (daysLeft < 0) return 'over';
  return daysLeft <= SOON_DAYS ? 'soon' : 'later';
}
