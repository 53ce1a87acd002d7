/** @file Where a model looked: the saliency of one class over the picture, and the rectangles of its close looks. What is shown stays from image to image. */
import type { LabelProposalDetail } from "../../../src-main/api/contract.ts";
import type { Size } from "../../../src-main/voxels/index.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import { saliencyPlane, saliencyRange } from "./saliency-plane.ts";

export class Evidence {
  areRegionsShown = $state(true);
  /** Of a class among those of the label; 0 for numbers. */
  place = $state(0);
  detail = $state.raw<LabelProposalDetail | null>(null);

  readonly #easel: Easel;
  #size: Size = { width: 0, height: 0 };

  readonly regions = $derived.by(() => this.detail?.evidence.regions ?? []);
  /** Of the class that is shown; null where nothing stands out. */
  readonly range = $derived.by(() => saliencyRange(this.detail?.evidence.saliency.maps[this.place] ?? []));
  readonly hasSaliency = $derived.by(() => this.range !== null);
  readonly isSaliencyShown = $derived.by(() => this.#easel.layers.isHeatShown && this.hasSaliency);

  constructor(easel: Easel) {
    this.#easel = easel;
  }

  /** A proposal is put up: of its own class first. */
  begin(detail: LabelProposalDetail, size: Size): void {
    this.detail = detail;
    this.#size = size;
    this.choose(detail.options.length > 0 ? detail.answer.value : 0);
  }

  end(): void {
    this.detail = null;
    this.#easel.confidence = null;
  }

  choose(place: number): void {
    this.place = place;
    this.#hang();
  }

  toggleSaliency(): void {
    const { layers } = this.#easel;
    layers.isHeatShown = !layers.isHeatShown;
    this.#hang();
  }

  toggleRegions(): void {
    this.areRegionsShown = !this.areRegionsShown;
  }

  /** Worked out when somebody looks: of large images it takes a moment. */
  #hang(): void {
    const { detail, place } = this;
    const isWanted = this.#easel.layers.isHeatShown && detail !== null;
    this.#easel.confidence = isWanted ? saliencyPlane(detail.evidence.saliency, place, this.#size) : null;
  }
}
