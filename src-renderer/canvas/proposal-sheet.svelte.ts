/**
 * @file What a model proposes for the frame on the easel, and the scribbles on it: apart from the annotation until a person takes it. Its
 * label map is drawn as a layer, see layers.svelte.ts.
 */
import type { LabelMap, ProposalPart, Scribble } from "../../src-main/voxels/index.ts";

/** What tools see of it. */
export interface ProposalDraft {
  readonly labels: LabelMap | null;
  /** The scribble that is being drawn. */
  draft: Scribble | null;
  scribble(scribble: Scribble): void;
  take(part: ProposalPart): void;
}

/** What is done about it; without, nothing. */
export interface ProposalActions {
  scribble(scribble: Scribble): void;
  take(part: ProposalPart): void;
}

export class ProposalSheet implements ProposalDraft {
  labels = $state.raw<LabelMap | null>(null);
  scribbles = $state.raw<readonly Scribble[]>([]);
  draft = $state.raw<Scribble | null>(null);
  actions: ProposalActions | null = null;

  scribble(scribble: Scribble): void {
    this.actions?.scribble(scribble);
  }

  take(part: ProposalPart): void {
    this.actions?.take(part);
  }

  show(labels: LabelMap, scribbles: readonly Scribble[]): void {
    this.labels = labels;
    this.scribbles = scribbles;
  }

  clear(): void {
    this.labels = null;
    this.scribbles = [];
    this.draft = null;
  }
}
