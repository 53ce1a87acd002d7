/**
 * @file Names of exported files: as the images are called in the project, made safe and unique.
 */
import type { FrameRow } from "../api/contract.ts";
import type { Project } from "../project/index.ts";
import { frameStem, partsOf } from "./file-names.ts";

/**
 * Name without ending of every frame, the same whether one or all are exported: `<image>`, frames of a multi-frame image
 * `<image>_frame0001`. Images of one name go into folders named after their cases, and if the case is one as well, get the image's
 * number.
 */
export function frameNames(project: Project, frames: readonly FrameRow[]): Map<number, string> {
  const fileNames = project.images.fileNames();
  const images = [...Map.groupBy(frames, ({ imageId }) => imageId)].map(([imageId, imageFrames]) => ({
    stem: safeName(partsOf(fileNames.get(imageId)!).stem),
    caseName: safeName(imageFrames[0]!.caseName),
    imageId,
    imageFrames,
  }));
  type Image = (typeof images)[number];
  const pathsOf = ({ imageFrames }: Image, stem: string): string[] =>
    imageFrames.map(({ frameIndex, frameCount }) => (frameCount > 1 ? frameStem(stem, frameIndex) : stem));
  // Three ways to name an image, the plainest first. All its frames are named in one way.
  const ways = [
    ({ stem }: Image): string => stem,
    ({ caseName, stem }: Image): string => `${caseName}/${stem}`,
    ({ caseName, stem, imageId }: Image): string => `${caseName}/${stem}_image${imageId}`,
  ];
  const names = new Map<number, string>();
  let unnamed = images;
  for (const way of ways) {
    // Many disks do not tell "A" from "a".
    const uses = new Map<string, number>();
    for (const image of unnamed) {
      for (const one of pathsOf(image, way(image))) {
        uses.set(one.toLowerCase(), (uses.get(one.toLowerCase()) ?? 0) + 1);
      }
    }
    const isUnique = (image: Image): boolean =>
      pathsOf(image, way(image)).every((one) => uses.get(one.toLowerCase()) === 1);
    for (const image of unnamed.filter(isUnique)) {
      const paths = pathsOf(image, way(image));
      image.imageFrames.forEach(({ frameId }, index) => names.set(frameId, paths[index]!));
    }
    unnamed = unnamed.filter((image) => !isUnique(image));
  }
  return names;
}

/** As a file or folder name on every system: no separators, no reserved characters or names. */
export function safeName(name: string): string {
  const replaced = [...name]
    .map((letter) => (letter < " " || '/\\:*?"<>|'.includes(letter) ? "_" : letter))
    .join("")
    .replace(/^\.+|[. ]+$/g, "_");
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(replaced) || replaced === "";
  return isReserved ? `_${replaced}` : replaced;
}

/** Makes flat names unique by numbers, ignoring case. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  take(name: string): string {
    const flat = name.replaceAll("/", "_");
    for (let count = 1; ; count++) {
      const candidate = count === 1 ? flat : `${flat}_${count}`;
      if (this.#taken.has(candidate.toLowerCase())) continue;
      this.#taken.add(candidate.toLowerCase());
      return candidate;
    }
  }
}
