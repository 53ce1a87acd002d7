/** @file The texts in use. Another language is another file with the type of en.ts. */
import { english } from "./en.ts";

export type Texts = typeof english;
export const texts: Texts = english;
