/** @file A proposal that is being corrected with the tools: each stroke can be taken back, and all of them at once. Stored by the review. */
import { decodeLabelMap, encodeLabelMap } from "../../../src-main/voxels/index.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";

export class Correction {
  isOn = $state(false);
  canUndo = $state(false);

  readonly #easel: Easel;
  /** Label maps before each stroke, as RLE; the first is the one that the correction began with. */
  #strokes: Uint8Array<ArrayBuffer>[] = [];

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  begin(): void {
    const { labels } = this.#easel;
    if (labels === null) return;
    this.isOn = true;
    this.#strokes = [encodeLabelMap(labels)];
    this.canUndo = false;
    this.#easel.toolName = "brush";
  }

  /** A stroke is complete. */
  note(): void {
    const { labels } = this.#easel;
    if (!this.isOn || labels === null) return;
    this.#strokes.push(encodeLabelMap(labels));
    this.canUndo = true;
  }

  undo(): void {
    if (this.isOn) this.#easel.leave();
    if (!this.isOn || this.#strokes.length < 2) return;
    this.#strokes.pop();
    this.#easel.replaceLabels(decodeLabelMap(this.#strokes.at(-1)!));
    this.canUndo = this.#strokes.length > 1;
  }

  discard(): void {
    const [begun] = this.#strokes;
    if (!this.isOn || begun === undefined) return;
    this.#easel.replaceLabels(decodeLabelMap(begun));
    this.end();
  }

  end(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.#strokes = [];
    this.#easel.toolName = "pan";
  }
}
