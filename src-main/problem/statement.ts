/** @file What a person is told that is kept: words with places for what differs, so that another language can say them later. */

/**
 * `text`: an English sentence with `{name}` where the value of that name goes. The interface has the same sentence in other languages, by these
 * very words; one that it does not know is shown as it stands.
 */
export interface Statement {
  text: string;
  values: Readonly<Record<string, string | number>>;
}

/** In English, as the command line says it. A place without a value stays as it is written. */
export function sentenceOf({ text, values }: Statement): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
