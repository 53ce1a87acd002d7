/**
 * @file Which mask belongs to which image, by file name alone. What is not certain is refused, never guessed.
 */
import type { RefusedFile } from "../../api/contract.ts";
import { Problem } from "../../problem/index.ts";
import { isMaskFolder, partsOf, partsOfFrameStem, stemWithoutMaskSuffix } from "../file-names.ts";
import { type StoredNames, unchangedNames } from "../stored-names.ts";

/** Something a mask can belong to. */
export interface MaskTarget {
  folders: readonly string[];
  stem: string;
}

/** A mask and the frame it is for; null: the image's only frame. */
export interface MatchedMask<Mask> {
  mask: Mask;
  frameIndex: number | null;
}

export interface MaskMatches<Target, Mask> {
  matched: Map<Target, MatchedMask<Mask>[]>;
  unmatched: Mask[];
  refused: RefusedFile[];
}

/**
 * Ties masks to images of the same stem, after taking off `_mask` and the like, then `_frame0001`. Of several images of
 * one stem, the one whose folders agree most with the mask's, from the inside out. `stored` tells the pseudonyms under
 * which targets may be known; masks come by the names that people gave them, and perhaps `otherStem` that their format gives images.
 */
export function matchMasks<Target extends MaskTarget, Mask extends { name: string; otherStem?: string }>(
  targets: readonly Target[],
  masks: readonly Mask[],
  stored: Pick<StoredNames, "stem" | "caseName"> = unchangedNames,
): MaskMatches<Target, Mask> {
  const byStem = Map.groupBy(targets, ({ stem }) => stem);
  const result: MaskMatches<Target, Mask> = { matched: new Map(), unmatched: [], refused: [] };
  for (const mask of masks) {
    const { stem, folders } = partsOf(mask.name);
    const found = [...readings(stem), ...(mask.otherStem === undefined ? [] : readings(mask.otherStem))]
      .map((reading) => ({
        ...reading,
        candidates: byStem.get(reading.stem) ?? byStem.get(stored.stem(reading.stem)) ?? [],
      }))
      .find(({ candidates }) => candidates.length > 0);
    if (found === undefined) {
      result.unmatched.push(mask);
      continue;
    }
    const nearest = nearestByFolders(found.candidates, folders, stored);
    if (nearest === null) {
      const detail = `${found.candidates.length} images are named ${found.stem}, and the folders do not tell which is meant.`;
      result.refused.push({ file: mask.name, problem: ambiguous(mask.name, detail).toJSON() });
      continue;
    }
    const own = result.matched.get(nearest) ?? [];
    own.push({ mask, frameIndex: found.frameIndex });
    result.matched.set(nearest, own);
  }
  for (const [target, own] of result.matched) {
    const byFrame = Map.groupBy(own, ({ frameIndex }) => frameIndex);
    for (const rivals of byFrame.values()) {
      if (rivals.length === 1) continue;
      const detail = `${rivals.length} masks fit the same image: ${rivals.map(({ mask }) => mask.name).join(", ")}.`;
      for (const { mask } of rivals) {
        result.refused.push({ file: mask.name, problem: ambiguous(mask.name, detail).toJSON() });
      }
    }
    result.matched.set(target, [...byFrame.values()].filter((rivals) => rivals.length === 1).flat());
  }
  return result;
}

/**
 * Masks that were chosen together with the images: `p01_mask.png` beside `p01.png`, and `masks/p01.png` when there is a
 * `p01` outside of such folders.
 */
export function separateMasks<File extends { name: string }>(
  files: readonly File[],
): { images: File[]; masks: File[] } {
  const placeOf = (folders: readonly string[], stem: string): string => [...folders, stem].join("/");
  const places = new Set<string>();
  const stems = new Set<string>();
  for (const { name } of files) {
    const { folders, stem } = partsOf(name);
    places.add(placeOf(folders, stem));
    if (!folders.some(isMaskFolder)) stems.add(stem);
  }
  const isMask = ({ name }: File): boolean => {
    const { folders, stem, fileName } = partsOf(name);
    if (!/\.png$/i.test(fileName)) return false;
    const imageStem = stemWithoutMaskSuffix(stem);
    if (imageStem !== null && places.has(placeOf(folders, imageStem))) return true;
    return folders.some(isMaskFolder) && (stems.has(stem) || (imageStem !== null && stems.has(imageStem)));
  };
  const { images = [], masks = [] } = Object.groupBy(files, (file) => (isMask(file) ? "masks" : "images"));
  return { images, masks };
}

/** What a mask's stem may mean, the most literal first. */
function readings(stem: string): { stem: string; frameIndex: number | null }[] {
  const bare = stemWithoutMaskSuffix(stem);
  const literal = bare === null ? [stem] : [stem, bare];
  const frames = literal.map(partsOfFrameStem).filter((reading) => reading !== null);
  return [...literal.map((reading) => ({ stem: reading, frameIndex: null })), ...frames];
}

function nearestByFolders<Target extends MaskTarget>(
  candidates: readonly Target[],
  folders: string[],
  stored: Pick<StoredNames, "caseName">,
): Target | null {
  const agree = (folder: string, known: string | undefined): boolean =>
    known !== undefined && (folder === known || stored.caseName(folder) === known);
  const agreement = candidates.map((candidate) => {
    let count = 0;
    while (count < folders.length && agree(folders.at(-1 - count)!, candidate.folders.at(-1 - count))) count++;
    return count;
  });
  const best = Math.max(...agreement);
  const nearest = candidates.filter((_, index) => agreement[index] === best);
  return nearest.length === 1 ? nearest[0]! : null;
}

function ambiguous(name: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(name).fileName}: it is not certain which image the mask belongs to.`,
    detail,
    hint: "Give each image and its mask one name of their own, then import the masks again.",
  });
}
