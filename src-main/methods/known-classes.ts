/** @file Models of which the project knows less than they mark. */
import { Problem } from "../problem/index.ts";
import type { Predictor } from "./trained-models.ts";

/**
 * Throws `Problem` "unsupported-file" unless all classes that the model marks are among `known`, those that the project keeps it for: a label map with any
 * other value could be stored by nobody.
 */
export function requireKnownClasses(
  { classes }: Pick<Predictor, "classes">,
  known: readonly { value: number }[],
): void {
  const values = known.map(({ value }) => value);
  if (classes.every(({ value }) => values.includes(value))) return;
  throw new Problem({
    code: "unsupported-file",
    title: "The model marks classes that the project does not keep it for.",
    detail: `Its file has the class values ${classes.map(({ value }) => value).join(", ")}; the project knows ${values.join(", ") || "none"} of it.`,
    hint: "Choose another model, or train one anew.",
  });
}
