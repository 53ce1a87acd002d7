/** @file What lies over the picture beside the label map that is edited: other label maps, and how sure a model was. How each is shown stays from image to image. */
import type { LabelMap } from "../../src-main/voxels/index.ts";
import { type LayerStyle, MAX_LAYERS } from "./viewer.ts";

/** Where a label map comes from, in the order in which they are listed and drawn, the uppermost first. */
export const layerKinds = ["annotation", "proposal", "pseudo-label"] as const;
export type LayerKind = (typeof layerKinds)[number];

export interface Layer {
  kind: LayerKind;
  labels: LabelMap;
}

/** CSS pixels of a dash and its gap, so that outlines of one class are told apart. */
const dashes: Record<LayerKind, number> = { annotation: 16, proposal: 8, "pseudo-label": 4 };

/** How the layers of one origin are shown. Opacities 0–1. */
export class LayerLook {
  isShown = $state(true);
  fill = $state(0);
  outline = $state(0.95);

  constructor(fill: number, isShown = true) {
    this.fill = fill;
    this.isShown = isShown;
  }
}

const HIDDEN: LayerStyle = { fill: 0, outline: 0, dash: 0 };

export class Layers {
  /** Of the label map that is edited. */
  readonly ownKind: LayerKind;
  readonly looks: Record<LayerKind, LayerLook>;
  /** Below the one that is edited, the upper ones first. */
  others = $state.raw<readonly Layer[]>([]);
  /** All label maps; none while false, whatever is chosen for each. */
  isShown = $state(true);
  isHeatShown = $state(false);
  /** Opacity of the uncertainty layer, 0–1. */
  heat = $state(1);

  constructor(ownKind: LayerKind) {
    this.ownKind = ownKind;
    this.looks = {
      annotation: new LayerLook(ownKind === "annotation" ? 0.4 : 0),
      proposal: new LayerLook(ownKind === "proposal" ? 0.4 : 0.2),
      // As a rule the annotation itself, so it is shown when somebody asks what was changed since.
      "pseudo-label": new LayerLook(0, false),
    };
  }

  get own(): LayerLook {
    return this.looks[this.ownKind];
  }

  /** Kinds of the layers that there are, the edited one included, in the order in which they are listed. */
  get kinds(): LayerKind[] {
    return layerKinds.filter((kind) => kind === this.ownKind || this.others.some((layer) => layer.kind === kind));
  }

  /** Of the edited label map and `others`, in the order of the viewer. */
  get styles(): LayerStyle[] {
    const styleOf = (kind: LayerKind, dash: number): LayerStyle => {
      const { isShown, fill, outline } = this.looks[kind];
      return this.isShown && isShown ? { fill, outline, dash } : HIDDEN;
    };
    return [styleOf(this.ownKind, 0), ...this.others.map(({ kind }) => styleOf(kind, dashes[kind]))];
  }

  /** The layer of its kind from now on; null: there is none. */
  replace(kind: LayerKind, labels: LabelMap | null): void {
    const rest = this.others.filter((layer) => layer.kind !== kind);
    this.show(labels === null ? rest : [...rest, { kind, labels }]);
  }

  /** As many as can be drawn, one of each kind. */
  show(layers: readonly Layer[]): void {
    const shown = layerKinds.flatMap((kind) =>
      kind === this.ownKind ? [] : layers.filter((layer) => layer.kind === kind).slice(0, 1),
    );
    this.others = shown.slice(0, MAX_LAYERS - 1);
  }
}
