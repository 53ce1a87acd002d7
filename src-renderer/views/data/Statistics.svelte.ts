/** @file Figures of the set, computed when the person looks at them. */
import type { ClassUsage, DatasetStatistics } from "../../../src-main/api/contract.ts";
import { RequestRefused } from "../../api/trouble.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type LabelBalance, labelBalance } from "./figures.ts";

export class StatisticsState {
  figures = $state.raw<DatasetStatistics | null>(null);
  usage = $state.raw<ClassUsage[]>([]);
  labels = $state.raw<LabelBalance[]>([]);
  isBusy = $state(false);
  isCancelled = $state(false);

  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async compute(): Promise<void> {
    const { client, frames } = this.#workspace;
    this.isBusy = true;
    this.isCancelled = false;
    this.#workspace.counting = null;
    await this.#workspace.attempt(async () => {
      const definitions = await client.labels();
      const balances = definitions.map(async (definition) =>
        labelBalance(definition, await client.labelValues(definition.labelId), frames, texts.formats.figures),
      );
      try {
        const [figures, usage, labels] = await Promise.all([
          client.statistics(),
          client.classUsage(),
          Promise.all(balances),
        ]);
        this.figures = figures;
        this.usage = usage;
        this.labels = labels;
      } catch (error) {
        if (!(error instanceof RequestRefused) || error.problem?.code !== "cancelled") throw error;
        this.isCancelled = true;
      }
    });
    this.isBusy = false;
  }

  cancel = async (): Promise<void> => {
    await this.#workspace.attempt(() => this.#workspace.client.cancelStatistics());
  };

  copy = (text: string): void =>
    void this.#workspace.attempt(async () => {
      await navigator.clipboard.writeText(text);
      this.#workspace.notices.add({ tone: "news", title: texts.data.statistics.copied });
    });
}
