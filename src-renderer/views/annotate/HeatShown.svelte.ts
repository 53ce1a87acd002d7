/**
 * @file Which colors lie over the picture: how unsure the model is of its proposal, or how probable it holds one class. Probabilities are not
 * stored: the model of the proposal is asked again, when somebody looks.
 */
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import type { ProposingState } from "./Proposing.svelte.ts";

interface Parts {
  workspace: Workspace;
  easel: Easel;
  proposing: ProposingState;
  shownFrameId: () => number | null;
}

export class HeatShownState {
  /** The class whose probability is shown; null: the uncertainty. Stays from image to image. */
  classValue = $state<number | null>(null);
  isAsking = $state(false);
  /** Why the model did not say. */
  trouble = $state.raw<Sentences | null>(null);

  readonly #parts: Parts;
  /** What the model said of the frame in front. */
  #said: { frameId: number; modelId: number; planes: ReadonlyMap<number, Uint8Array> } | null = null;

  /** Classes of the model whose proposal waits; none where none waits. */
  readonly classes = $derived.by(() => {
    const { proposing, workspace } = this.#parts;
    return workspace.models.find(({ modelId }) => modelId === proposing.proposal?.modelId)?.classes ?? [];
  });
  /** The class chosen, if the model knows it. */
  readonly shown = $derived(this.classes.find(({ value }) => value === this.classValue) ?? null);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Brings the colors in line with what is chosen and in front. Overtaken by the next call through `signal`. */
  async follow(signal: AbortSignal): Promise<void> {
    const { easel, proposing, workspace, shownFrameId } = this.#parts;
    const frameId = shownFrameId();
    const modelId = proposing.proposal?.modelId;
    const value = this.shown?.value;
    easel.probability = null;
    this.trouble = null;
    if (!easel.layers.isHeatShown || frameId === null || modelId === undefined || value === undefined) return;
    if (this.#said?.frameId !== frameId || this.#said.modelId !== modelId) {
      this.isAsking = true;
      try {
        const planes = await workspace.client.probabilities(frameId, modelId, signal);
        this.#said = { frameId, modelId, planes };
      } catch (error) {
        if (!signal.aborted) this.trouble = sentencesOf(error);
        return;
      } finally {
        if (!signal.aborted) this.isAsking = false;
      }
    }
    if (!signal.aborted) easel.probability = this.#said.planes.get(value) ?? null;
  }

  /** The pixels of a frame have changed, or it is shown no more. */
  forget(): void {
    this.#said = null;
  }
}
