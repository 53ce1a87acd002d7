/** @file Copying from the neighbor slice and filling in between two: one step of undo each, over however many slices. */
import { decodeLabelMap, encodeLabelMap, type LabelMap } from "../../../src-main/voxels/index.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { copiedLabels, fractionOf, gapAround, labelsBetween } from "./slice-edits.ts";

interface Screen {
  shownFrameId: () => number | null;
  reloadMask: (frameId: number) => Promise<void>;
  /** Something is about to be changed. */
  beginEdit: () => void;
}

export class SlicesState {
  /** While a gap is being filled. */
  progress = $state.raw<{ done: number; total: number; secondsLeft: number | null } | null>(null);

  readonly #workspace: Workspace;
  readonly #easel: Easel;
  readonly #screen: Screen;
  #isCancelled = false;

  constructor(workspace: Workspace, easel: Easel, screen: Screen) {
    this.#workspace = workspace;
    this.#easel = easel;
    this.#screen = screen;
  }

  get isPossible(): boolean {
    return this.#screen.shownFrameId() !== null && this.#easel.isPaintable && this.progress === null;
  }

  /** The labels of the slice before (-1) or after (1) take the place of those of the shown one. */
  async copy(side: -1 | 1): Promise<void> {
    const frameId = this.#screen.shownFrameId();
    if (frameId === null || !this.isPossible) return;
    this.#screen.beginEdit();
    await this.#workspace.attempt(async () => {
      await this.#workspace.queue.settled();
      const slices = await this.#workspace.client.slices(frameId);
      const neighbor = slices[slices.findIndex((slice) => slice.frameId === frameId) + side];
      if (neighbor === undefined || neighbor.isEmpty) {
        this.#say(texts.annotate.slices.nothingToCopy);
        return;
      }
      const from = await this.#labelsOf(neighbor.frameId);
      const { labels, isLocked } = this.#easel;
      if (labels === null || this.#screen.shownFrameId() !== frameId || !this.isPossible) return;
      this.#easel.replaceLabels(copiedLabels(labels, from, isLocked));
      this.#easel.commitStroke();
    });
  }

  /** Fills every empty slice between the nearest two that are drawn on. */
  async fill(): Promise<void> {
    const frameId = this.#screen.shownFrameId();
    const { frame } = this.#easel;
    if (frameId === null || frame === null || !this.isPossible) return;
    this.#screen.beginEdit();
    const { client, queue } = this.#workspace;
    this.#easel.isPaintable = false;
    this.#isCancelled = false;
    this.progress = { done: 0, total: 0, secondsLeft: null };
    try {
      await this.#workspace.attempt(async () => {
        await queue.settled();
        const gap = gapAround(await client.slices(frameId), frameId);
        if (gap === null) {
          this.#say(texts.annotate.slices.noGap);
          return;
        }
        const [from, to] = await Promise.all([this.#labelsOf(gap.from.frameId), this.#labelsOf(gap.to.frameId)]);
        const ends = { from, to, spacing: frame.spacing };
        const masks: { frameId: number; base: number; bytes: Uint8Array }[] = [];
        const started = performance.now();
        for (const slice of gap.between) {
          const [done, total] = [masks.length, gap.between.length];
          const secondsLeft = done === 0 ? null : ((performance.now() - started) / 1000 / done) * (total - done);
          this.progress = { done, total, secondsLeft };
          // So that progress is drawn and Cancel heard between two slices.
          await new Promise((resolve) => setTimeout(resolve));
          if (this.#isCancelled) return;
          const labels = labelsBetween(ends, fractionOf(gap, slice), this.#easel.isLocked);
          masks.push({ frameId: slice.frameId, base: slice.revisionId, bytes: encodeLabelMap(labels) });
        }
        await client.putMasks(masks);
        await this.#screen.reloadMask(frameId);
        this.#say(texts.annotate.slices.filled(masks.length));
      });
    } finally {
      this.progress = null;
      if (this.#screen.shownFrameId() === frameId) this.#easel.isPaintable = !this.#workspace.isReadOnly;
    }
  }

  /** Nothing is stored until all slices are done. */
  cancel(): void {
    this.#isCancelled = true;
  }

  async #labelsOf(frameId: number): Promise<LabelMap> {
    return decodeLabelMap((await this.#workspace.client.mask(frameId)).bytes);
  }

  #say(title: string): void {
    this.#workspace.notices.add({ tone: "news", title });
  }
}
