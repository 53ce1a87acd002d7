/** @file The trouble of asking a translation for masks. */
import { Problem } from "../../problem/index.ts";

/** `model`: what it is called, as the beginning of a sentence. */
export function translatesOnly(model: string): Problem {
  return new Problem({
    code: "bad-request",
    title: `${model} translates images to another modality; it outlines none.`,
    hint: "Choose a model that outlines: one of segment, bcp, mean-teacher or genseg.",
  });
}
