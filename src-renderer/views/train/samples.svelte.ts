/** @file What the network of the run in front said of a few validation images, validation by validation. */
import type { RunSample } from "../../../src-main/api/contract.ts";
import type { LabelMap } from "../../../src-main/voxels/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { fetchSamples, type ShownSample, stepsOf } from "./fetch-samples.ts";

export class Samples {
  all = $state.raw<readonly RunSample[]>([]);
  /** Fetched, of the validation in front; the one before stays until all of the next are there. */
  shown = $state.raw<readonly ShownSample[]>([]);
  /** Chosen by the slider; null follows the latest. */
  #chosenStep = $state<number | null>(null);
  #runId: number | null = null;
  #fetching = new AbortController();
  #truths: Readonly<Record<number, LabelMap>> = {};

  readonly #workspace: Workspace;
  /** Ascending. */
  readonly steps = $derived(stepsOf(this.all));
  readonly step = $derived(
    this.#chosenStep !== null && this.steps.includes(this.#chosenStep) ? this.#chosenStep : (this.steps.at(-1) ?? null),
  );
  readonly current = $derived(this.all.filter(({ step }) => step === this.step));

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Takes those of another run from the app. */
  async open(runId: number | null): Promise<void> {
    this.#runId = runId;
    this.#fetching.abort();
    this.#chosenStep = null;
    this.all = [];
    this.shown = [];
    this.#truths = {};
    if (runId === null) return;
    const all = await this.#workspace.attempt(() => this.#workspace.client.runSamples(runId));
    if (all !== undefined && this.#runId === runId) this.#take(all);
  }

  /** Those of a further validation. */
  note(runId: number, samples: readonly RunSample[]): void {
    if (runId === this.#runId) this.#take(samples);
  }

  /** By its place among the validations. */
  chooseAt(index: number): void {
    this.#chosenStep = index >= this.steps.length - 1 ? null : (this.steps[index] ?? null);
    void this.#fetch();
  }

  #take(samples: readonly RunSample[]): void {
    const isNew = (old: RunSample): boolean =>
      !samples.some(({ step, frameId }) => step === old.step && frameId === old.frameId);
    this.all = [...this.all.filter(isNew), ...samples];
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#fetching.abort();
    const fetching = (this.#fetching = new AbortController());
    const { signal } = fetching;
    const runId = this.#runId;
    const wanted = this.current;
    if (runId === null || wanted.length === 0) return;
    const shown = await this.#workspace.attempt(() =>
      fetchSamples(this.#workspace, { runId, samples: wanted, truths: this.#truths }, signal),
    );
    if (shown === undefined || signal.aborted) return;
    this.#truths = { ...this.#truths, ...Object.fromEntries(shown.map(({ frameId, truth }) => [frameId, truth])) };
    this.shown = shown;
  }
}
