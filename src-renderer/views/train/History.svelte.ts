/** @file Earlier trainings: which of them are laid side by side, with what that takes. */
import type { MetricPoint, RunHistoryRow, RunRow } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import type { ComparedRun } from "./compare.ts";
import { fetchSamples, samplesToCompare, type ShownSample } from "./fetch-samples.ts";

export class History {
  rows = $state.raw<RunHistoryRow[]>([]);
  /** In the order chosen. */
  chosen = $state.raw<readonly number[]>([]);
  figure = $state("validationDice");
  #points = $state.raw<Readonly<Record<number, readonly MetricPoint[]>>>({});

  #samples = $state.raw<Readonly<Record<number, readonly ShownSample[]>>>({});
  #fetching = new AbortController();

  readonly #workspace: Workspace;
  /** Newest first. */
  readonly runs = $derived.by(() =>
    this.#workspace.runs.filter(({ kind }) => kind === "train").toSorted((a, b) => b.runId - a.runId),
  );
  readonly compared = $derived.by<ComparedRun[]>(() =>
    this.chosen.flatMap((runId) => {
      const run = this.runs.find((each) => each.runId === runId);
      const row = this.rowOf(runId);
      if (run === undefined || row === null) return [];
      return [{ run, row, name: this.nameOf(run), points: this.#points[runId] ?? [] }];
    }),
  );

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  rowOf(runId: number): RunHistoryRow | null {
    return this.rows.find((row) => row.runId === runId) ?? null;
  }

  /** That of the model it made, if it made one. */
  nameOf({ runId, modelId }: RunRow): string {
    return this.#workspace.models.find((model) => model.modelId === modelId)?.name ?? texts.train.run(runId);
  }

  async load(): Promise<void> {
    const rows = await this.#workspace.attempt(() => this.#workspace.client.runHistory());
    if (rows === undefined) return;
    this.rows = rows;
    this.#points = {};
    this.#samples = {};
    await this.#loadChosen();
  }

  /** Pictures of its best validation; empty while they are on their way. */
  samplesOf(runId: number): readonly ShownSample[] {
    return this.#samples[runId] ?? [];
  }

  async choose(runId: number, isChosen: boolean): Promise<void> {
    const others = this.chosen.filter((id) => id !== runId);
    this.chosen = isChosen ? [...others, runId] : others;
    await this.#loadChosen();
  }

  clear(): void {
    this.chosen = [];
  }

  async #loadChosen(): Promise<void> {
    this.#fetching.abort();
    const { signal } = (this.#fetching = new AbortController());
    const { client } = this.#workspace;
    await this.#workspace.attempt(async () => {
      const missing = this.chosen.filter((runId) => !(runId in this.#points));
      const details = await Promise.all(missing.map((runId) => client.run(runId)));
      this.#points = { ...this.#points, ...Object.fromEntries(details.map(({ runId, metrics }) => [runId, metrics])) };
      for (const runId of this.chosen) {
        if (runId in this.#samples) continue;
        const samples = samplesToCompare(await client.runSamples(runId), this.rowOf(runId)?.best?.step ?? null);
        const shown = await fetchSamples(this.#workspace, { runId, samples }, signal);
        if (signal.aborted) return;
        this.#samples = { ...this.#samples, [runId]: shown };
      }
    });
  }
}
