// Numbers and times as the reader's locale writes them. Days and times are UTC, and say so.

const NOTHING = '–';

/** The API's texts begin small where they may stand in a sentence. */
export const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const three = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const fine = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const longDay = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', day: 'numeric', month: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const month = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat(undefined, {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

const clock = new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });

type Maybe<T> = T | null | undefined;

const or = <T>(value: Maybe<T>, written: (value: T) => string) =>
  value === null || value === undefined ? NOTHING : written(value);

/** Null is not zero: an unknown number is a dash. */
export const count = (value: Maybe<number>) => or(value, (n) => whole.format(n));
export const compact = (value: Maybe<number>) => or(value, (n) => short.format(n));
/** For a large number that stands alone: three digits, e.g. `1.02B`. */
export const headline = (value: Maybe<number>) => or(value, (n) => three.format(n));
export const decimal = (value: Maybe<number>) => or(value, (n) => fine.format(n));
export const percent = (value: Maybe<number>) => or(value, (n) => share.format(n));

/** In the currency's own way. */
export const money = (value: Maybe<number>, currency: string) =>
  or(value, (n) => new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(n));

/** For an axis, where there is little room. */
export const compactMoney = (value: Maybe<number>, currency: string) =>
  or(value, (n) => new Intl.NumberFormat(undefined, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', notation: 'compact', maximumFractionDigits: 1 }).format(n));

const midnight = (iso: string) => new Date(`${iso}T00:00:00Z`);

/** An ISO day, e.g. `2026-11-20`. */
export const day = (iso: Maybe<string>) => or(iso, (d) => longDay.format(midnight(d)));
export const dayOfYear = (iso: string) => shortDay.format(midnight(iso));
export const dayOfWeek = (iso: string) => weekday.format(midnight(iso));
export const monthOf = (iso: string) => month.format(midnight(iso));

/** A moment; the text ends in `UTC`. */
export const time = (rfc3339: Maybe<string>) => or(rfc3339, (t) => moment.format(new Date(t)));

/** A moment of today; the text ends in `UTC`. */
export const timeOfDay = (millis: number) => clock.format(millis);

/** A length of time in hours, as people say it. */
export const hours = (value: Maybe<number>) =>
  or(value, (n) => (n !== 0 && n < 1.5 ? `${fine.format(n * 60)} min` : n < 48 ? `${fine.format(n)} h` : `${fine.format(n / 24)} d`));
