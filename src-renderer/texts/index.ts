/** @file The texts in use. Another language is another file with the type of en.ts, and a line here. */
import { english } from "./en.ts";
import { chinese } from "./zh.ts";

/** A catalogue's keys and parameters, with any words. */
type Worded<T> = T extends (...of: infer Parameters) => string
  ? (...of: Parameters) => string
  : T extends string
    ? string
    : { [Key in keyof T]: Worded<T[Key]> };

export type Texts = Worded<typeof english>;

export const catalogues = { en: english, zh: chinese } satisfies Record<string, Texts>;
export type Language = keyof typeof catalogues;
export const languages = Object.keys(catalogues) as Language[];

/** Of the window: read when something is drawn, never kept by a module. */
export let texts: Texts = english;

/** The language that the person chose, else the first of the system's that there is a catalogue of. */
export function languageOf(choice: Language | "system", preferred: readonly string[]): Language {
  if (choice !== "system") return choice;
  for (const tag of preferred) {
    const language = tag.split("-")[0]!.toLowerCase();
    if (language in catalogues) return language as Language;
  }
  return "en";
}

/** From now on everything is drawn in `language`; what stands there already must be drawn again. */
export function speak(language: Language): void {
  texts = catalogues[language];
  document.documentElement.lang = texts.tag;
}
