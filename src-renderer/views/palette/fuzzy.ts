/** @file How well what was typed fits a name. */

/**
 * The letters of `typed` in order, with gaps. Higher is better: starts of words and unbroken runs count, gaps and long
 * names cost a little. null when letters are missing.
 */
export function fuzzyScore(typed: string, name: string): number | null {
  const wanted = [...typed.toLowerCase().replace(/\s+/g, "")];
  const letters = [...name.toLowerCase()];
  /** Best score with the letters so far, the last of them at each place. */
  let ending: number[] | null = null;
  for (const letter of wanted) {
    const before: number[] | null = ending;
    ending = letters.map((each, at) => {
      if (each !== letter) return -Infinity;
      const gain = isWordStart(letters, at) ? 5 : 1;
      if (before === null) return gain;
      let best = -Infinity;
      for (let last = 0; last < at; last++)
        best = Math.max(best, before[last]! + (last === at - 1 ? 3 : -0.1 * (at - last)));
      return best + gain;
    });
  }
  const best = ending === null ? 0 : Math.max(-Infinity, ...ending);
  return best === -Infinity ? null : best - letters.length * 0.02;
}

const isWordStart = (letters: readonly string[], at: number): boolean => at === 0 || /[\s\-_./]/.test(letters[at - 1]!);
