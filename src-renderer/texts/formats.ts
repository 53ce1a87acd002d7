/** @file Numbers, plurals and dates as a language writes them. */

/** How one language writes. `locale` is a BCP 47 tag. */
export function formatsOf(locale: string) {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const figures = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
  const fractions = Array.from(
    { length: 5 },
    (_, digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const share = new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  const rules = new Intl.PluralRules(locale);
  return {
    /** 12345 -> "12,345" */
    count: (value: number): string => whole.format(value),
    /** As many decimals as said, 0 to 4: 0.5 -> "0.50" */
    decimals: (value: number, digits: 0 | 1 | 2 | 3 | 4): string => fractions[digits]!.format(value),
    /** To four figures: 1234.56 -> "1,235" */
    figures: (value: number): string => figures.format(value),
    /** Of 1: 0.5 -> "50.0%" */
    share: (value: number): string => share.format(value),
    /** `time`: an ISO 8601 date, or milliseconds since 1970. */
    date: (time: string | number): string => date.format(new Date(time)),
    /** With hours and minutes. */
    moment: (time: string | number): string => moment.format(new Date(time)),
    /** ["a", "b"] -> "a and b" */
    list: (parts: readonly string[]): string => list.format(parts),
    /** Number and noun: 2 -> "2 images". For languages of two forms. */
    plural: (value: number, one: string, many: string): string =>
      `${whole.format(value)} ${rules.select(value) === "one" ? one : many}`,
  };
}
