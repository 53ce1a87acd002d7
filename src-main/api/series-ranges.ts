/**
 * @file Intensities of the series that both images of a pair are of: the scale on which a translation is learned and made, which a dim slice by itself does not
 * tell. Each series is read once.
 */
import { type IntensityRange, type PairRanges, seriesRange } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { Frame } from "../voxels/index.ts";

interface SeriesRangesParts {
  project: Project;
  readFrame: (frameId: number) => Promise<Frame>;
}

export class SeriesRanges {
  readonly #parts: SeriesRangesParts;
  readonly #known = new Map<string, Promise<IntensityRange>>();

  constructor(parts: SeriesRangesParts) {
    this.#parts = parts;
  }

  /** Of the pair at a place of a pairing. Throws `Problem` where it is none. */
  async of(pairingId: number, place: number): Promise<PairRanges> {
    const { pairings } = this.#parts.project;
    const pair = pairings.pairs(pairingId).find((each) => each.place === place);
    const [source, target] = [pair?.source ?? null, pair?.target ?? null];
    if (source === null || target === null) {
      throw new Problem({
        code: "bad-request",
        title: `Place ${place} of pairing ${pairingId} is no pair.`,
        detail: "A scale is that of two series.",
        hint: "Choose one that has a counterpart.",
      });
    }
    return {
      source: await this.#range(this.#series(pairingId, "source", source)),
      target: await this.#range(this.#series(pairingId, "target", target)),
    };
  }

  /** Pixels have changed. */
  forget(): void {
    this.#known.clear();
  }

  /** As a training groups them: slices of a volume, else the images of the patient. */
  #series(pairingId: number, side: "source" | "target", frameId: number): number[] {
    const { pairings, slices, images } = this.#parts.project;
    const volumes = slices.volumes();
    const rows = new Map(images.frames().map((row) => [row.frameId, row]));
    const keyOf = (id: number): string => {
      const volume = volumes.get(id);
      return volume === undefined ? `case ${rows.get(id)?.caseId}` : `volume ${volume.id}`;
    };
    const ofSide = new Set(pairings.frames(pairingId).flatMap((pair) => pair[side] ?? []));
    return [...ofSide].filter((id) => keyOf(id) === keyOf(frameId));
  }

  #range(frameIds: readonly number[]): Promise<IntensityRange> {
    const key = frameIds.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const range = seriesRange(frameIds.map((frameId) => () => this.#parts.readFrame(frameId)));
    this.#known.set(key, range);
    range.catch(() => this.#known.delete(key));
    return range;
  }
}
