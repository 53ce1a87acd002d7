/** @file What was measured, image by image, until it is cleared or the project is closed. It is read off, not stored. */
import type { Measure, MeasureSheet } from "./measures.ts";

export class MeasureBook implements MeasureSheet {
  draft = $state.raw<Measure | null>(null);
  #frameId = $state<number | null>(null);
  #byFrame = $state.raw<Record<number, readonly Measure[]>>({});

  /** Of the image on the easel. */
  readonly present = $derived<readonly Measure[]>(this.#frameId === null ? [] : (this.#byFrame[this.#frameId] ?? []));

  turnTo(frameId: number | null): void {
    this.draft = null;
    this.#frameId = frameId;
  }

  add(measure: Measure): void {
    if (this.#frameId !== null) this.#byFrame = { ...this.#byFrame, [this.#frameId]: [...this.present, measure] };
  }

  /** Of the image on the easel. */
  clear(): void {
    if (this.#frameId !== null) this.#byFrame = { ...this.#byFrame, [this.#frameId]: [] };
  }

  /** Of all images. */
  forget(): void {
    this.#byFrame = {};
  }
}
