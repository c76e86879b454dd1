// Numbers and times in American format, as the texts of the app are in English. Days and times are UTC and say so.

const LOCALE = 'en-US';
const UNKNOWN = '–';

/** Starts a text with a capital letter. Texts of the API start in lower case. */
export const sentence = (phrase: string) => phrase.charAt(0).toUpperCase() + phrase.slice(1);

const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const threeDigits = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumSignificantDigits: 3 });
const oneDecimal = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const longDay = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', day: 'numeric', month: 'short' });
const weekday = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const month = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat(LOCALE, {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

const clock = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });

type Maybe<T> = T | null | undefined;

const orUnknown = <T>(value: Maybe<T>, format: (value: T) => string) =>
  value === null || value === undefined ? UNKNOWN : format(value);

/** Null is not zero: an unknown number is a dash. */
export const count = (value: Maybe<number>) => orUnknown(value, (n) => integer.format(n));
export const compact = (value: Maybe<number>) => orUnknown(value, (n) => short.format(n));
/** For a single large number: three digits, e.g. `1.02B`. */
export const headline = (value: Maybe<number>) => orUnknown(value, (n) => threeDigits.format(n));
export const decimal = (value: Maybe<number>) => orUnknown(value, (n) => oneDecimal.format(n));
export const percent = (value: Maybe<number>) => orUnknown(value, (n) => share.format(n));

/** An amount in its currency. */
export const money = (value: Maybe<number>, currency: string) =>
  orUnknown(value, (n) => new Intl.NumberFormat(LOCALE, { style: 'currency', currency }).format(n));

/** A short amount for an axis. */
export const compactMoney = (value: Maybe<number>, currency: string) =>
  orUnknown(value, (n) => new Intl.NumberFormat(LOCALE, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', notation: 'compact', maximumFractionDigits: 1 }).format(n));

const midnight = (iso: string) => new Date(`${iso}T00:00:00Z`);

/** An ISO day, e.g. `2026-11-20`. */
export const day = (iso: Maybe<string>) => orUnknown(iso, (d) => longDay.format(midnight(d)));
export const dayOfYear = (iso: string) => shortDay.format(midnight(iso));
export const dayOfWeek = (iso: string) => weekday.format(midnight(iso));
export const monthOf = (iso: string) => month.format(midnight(iso));

/** A point in time. The text ends in `UTC`. */
export const time = (rfc3339: Maybe<string>) => orUnknown(rfc3339, (t) => moment.format(new Date(t)));

/** A time of day. The text ends in `UTC`. */
export const timeOfDay = (millis: number) => clock.format(millis);

/** A duration given in hours, as minutes, hours or days. */
export const hours = (value: Maybe<number>) =>
  orUnknown(value, (n) => (n !== 0 && n < 1.5 ? `${oneDecimal.format(n * 60)} min` : n < 48 ? `${oneDecimal.format(n)} h` : `${oneDecimal.format(n / 24)} d`));
