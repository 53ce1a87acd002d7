/** @file Numbers as people type them for a label. */
import type { LabelDefinition } from "../../../src-main/api/contract.ts";

/** `number` is null while nothing, or no number, is there. Decimal comma and point are the same. */
export function readNumber(
  typed: string,
  { minimum, maximum }: Pick<LabelDefinition, "minimum" | "maximum">,
): { number: number | null; trouble: "noNumber" | "outOfRange" | null } {
  const text = typed.trim().replace(",", ".");
  if (text === "") return { number: null, trouble: null };
  const number = Number(text);
  if (!Number.isFinite(number)) return { number: null, trouble: "noNumber" };
  const isOutside = (minimum !== null && number < minimum) || (maximum !== null && number > maximum);
  return { number, trouble: isOutside ? "outOfRange" : null };
}
