/** @file The trouble of asking a model of labels for masks. */
import { Problem } from "../../problem/index.ts";

/** `model`: what it is called, as the beginning of a sentence. */
export function gradesOnly(model: string): Problem {
  return new Problem({
    code: "bad-request",
    title: `${model} says what whole images show; it outlines nothing.`,
    hint: "Choose a model that outlines: one of segment, bcp, mean-teacher or genseg.",
  });
}
