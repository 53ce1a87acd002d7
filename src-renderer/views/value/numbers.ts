/** @file Numbers as a person types them in one field. */

/** "5, 10 20" -> [5, 10, 20]: whole numbers above 0, in ascending order, each once. null where it is anything else, or nothing. */
export function numbersOf(text: string): number[] | null {
  const parts = text.split(/[\s,;，、]+/).filter((part) => part !== "");
  if (parts.length === 0 || !parts.every((part) => /^\d{1,6}$/.test(part))) return null;
  const numbers = [...new Set(parts.map(Number))].sort((a, b) => a - b);
  return numbers[0]! > 0 ? numbers : null;
}
