/** @file What a training is judged by, in words. */
import type { JudgedBy } from "../api/contract.ts";

/** "validationDice" -> "validation Dice". */
export function figureName({ figure }: JudgedBy): string {
  return figure.replace(/([a-z])([A-Z])/g, "$1 $2");
}
