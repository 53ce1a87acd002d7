/** @file By which words the images of a project can be told apart, to choose two modalities from. */
import type { PairingChoices } from "../api/contract.ts";
import type { PairableFrame } from "./pairing-rule.ts";

/** More are no choice any more. */
const MOST = 40;

export function pairingChoices(frames: readonly PairableFrame[]): PairingChoices {
  const [series, names]: [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  const casesOf = new Map<string, Set<number>>();
  const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { seriesDescription, modality, fileName, caseId } of frames) {
    const said = new Set(
      [seriesDescription, modality].flatMap((text) => text?.trim() ?? []).filter((text) => text !== ""),
    );
    for (const text of said) count(series, text);
    for (const word of wordsOf(fileName)) {
      count(names, word);
      casesOf.set(word, (casesOf.get(word) ?? new Set()).add(caseId));
    }
  }
  const cases = new Set(frames.map(({ caseId }) => caseId)).size;
  // What stands in every name tells nothing, nor what stands in one; the name of a patient is no modality.
  const tells = ([word, images]: [string, number]): boolean =>
    images > 1 && images < frames.length && (cases === 1 || casesOf.get(word)!.size > 1);
  return {
    series: mostFirst(series),
    names: mostFirst(new Map([...names].filter(tells))),
  };
}

const mostFirst = (counts: ReadonlyMap<string, number>): PairingChoices["names"] =>
  [...counts]
    .map(([name, images]) => ({ name, images }))
    .toSorted((a, b) => b.images - a.images || a.name.localeCompare(b.name))
    .slice(0, MOST);

/** Parts between separators that hold a letter, each once; numbers alone are of patients and slices. */
function wordsOf(fileName: string): string[] {
  const stem = fileName.replace(/\.gz$/i, "").replace(/\.[a-z0-9]{2,5}$/i, "");
  const words = stem.split(/[^\p{L}\p{N}]+/u).filter((word) => /\p{L}/u.test(word));
  return [...new Map(words.map((word) => [word.toLowerCase(), word])).values()];
}
