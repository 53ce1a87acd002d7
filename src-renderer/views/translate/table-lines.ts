/** @file A list of pairs as it is typed, or pasted from a spreadsheet. */

/** Two file names a line, between them a tab, a semicolon or a comma; other lines are left out. */
export function linesOf(text: string): [source: string, target: string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [separator] = /[\t;,]/.exec(line) ?? [];
    if (separator === undefined) return [];
    const parts = line.split(separator).map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
    return parts.length === 2 && parts.every((part) => part !== "") ? [[parts[0]!, parts[1]!]] : [];
  });
}
