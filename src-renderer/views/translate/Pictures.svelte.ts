/** @file The images of the pair in front, the others brought onto the pixels of the source. */
import type { PairRow } from "../../../src-main/api/contract.ts";
import { type Frame, onGridOf } from "../../../src-main/voxels/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type Gray, grayAsMade, grayOf } from "./compose.ts";

export interface ShownPair {
  place: number;
  width: number;
  height: number;
  spacing: Frame["spacing"];
  /** null: it has none. Of a target without source the target's own pixels. */
  source: Gray | null;
  target: Gray | null;
  translated: Gray | null;
  /** The target on the scale of its series, on which the translation was learned; null where either is missing. */
  judged: Gray | null;
}

export class Pictures {
  shown = $state.raw<ShownPair | null>(null);
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Images that are known already are shown at once. */
  async load(pairingId: number | null, pair: PairRow | null, signal: AbortSignal): Promise<void> {
    if (pair === null || pairingId === null) {
      this.shown = null;
      return;
    }
    const { frameCache, client } = this.#workspace;
    const read = (frameId: number | null) => (frameId === null ? null : frameCache.frame(frameId, signal));
    try {
      const isJudged = pair.target !== null && pair.translated !== null;
      const ranges = isJudged ? client.pairRanges(pairingId, pair.place) : null;
      const frames = await Promise.all([read(pair.source), read(pair.target), read(pair.translated)]);
      const range = (await ranges)?.target;
      if (signal.aborted) return;
      const [source, target, translated] = frames;
      const reference = (source ?? target)!;
      const onto = (frame: Frame | null, make: (frame: Frame) => Gray, alignment = pair.alignment?.transform) =>
        frame === null
          ? null
          : make(frame === reference ? frame : onGridOf(frame, reference, alignment, pair.relation ?? undefined));
      const { width, height, spacing } = reference;
      this.shown = {
        place: pair.place,
        width,
        height,
        spacing,
        source: onto(source, (frame) => grayOf(frame)),
        target: onto(target, (frame) => grayOf(frame)),
        judged: isJudged ? onto(target, (frame) => grayOf(frame, range)) : null,
        // It was made of the source: it lies there.
        translated: onto(translated, grayAsMade, [1, 0, 0, 0, 1, 0]),
      };
    } catch (error) {
      if (!signal.aborted) this.#workspace.report(error);
    }
  }
}
