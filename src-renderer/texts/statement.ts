/** @file What the app found out and keeps as words with places for values, said in the language of the window. */
import type { Statement } from "../../src-main/api/contract.ts";
import { texts } from "./index.ts";

export function stated({ text, values }: Statement): string {
  return texts.declared(text).replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (typeof value !== "number") return value ?? place;
    return Number.isInteger(value) ? texts.formats.count(value) : texts.formats.figures(value);
  });
}

/** The language that it is said in: what an older version wrote down is there in English alone. */
export function languageOfStatement({ text }: Statement): string {
  return texts.declared(text) === text ? "en" : texts.tag;
}
