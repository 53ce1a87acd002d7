/** @file Which colors lie over the proposal: where the model is unsure, or where its teacher and student disagree. */
import { decodeScoreMap, enlargeScoreMap, type Size } from "../../../src-main/voxels/index.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";

export const heatKinds = ["uncertainty", "difference"] as const;
export type HeatKind = (typeof heatKinds)[number];

export class HeatChoice {
  /** Stays from image to image. */
  kind = $state<HeatKind>("uncertainty");
  hasDifference = $state(false);

  readonly #easel: Easel;
  #maps: Record<HeatKind, (() => Uint8Array) | null> = { uncertainty: null, difference: null };

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  readonly shown = $derived.by<HeatKind | null>(() => {
    const { layers, confidence } = this.#easel;
    return layers.isHeatShown && confidence !== null ? this.kind : null;
  });

  /** `difference`: a score map. A proposal without one shows nothing where that is chosen. */
  begin(confidence: Uint8Array, difference: Uint8Array | null, size: Size): void {
    this.hasDifference = difference !== null;
    let enlarged: Uint8Array | null = null;
    this.#maps = {
      uncertainty: () => confidence,
      // Enlarged when somebody looks: the next picture does not wait for it.
      difference:
        difference === null
          ? null
          : () => (enlarged ??= enlargeScoreMap(decodeScoreMap(difference), size).map((score) => 255 - score)),
    };
    this.#hang();
  }

  /** Shows these colors; hides them where they are shown. */
  toggle(kind: HeatKind): void {
    if (kind === "difference" && !this.hasDifference) return;
    const { layers } = this.#easel;
    layers.isHeatShown = this.shown !== kind;
    this.kind = kind;
    this.#hang();
  }

  #hang(): void {
    this.#easel.confidence = this.#maps[this.kind]?.() ?? null;
  }
}
