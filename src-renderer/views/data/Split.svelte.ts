/** @file The split by patient: cases with their counts, and the numbers to draw. */
import type { Split } from "../../../src-main/api/contract.ts";
import { casesOf, suggestCounts } from "./cases.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export class SplitState {
  train = $state(0);
  val = $state(0);
  test = $state(0);
  seed = $state(1);
  isBusy = $state(false);

  readonly #workspace: Workspace;
  readonly cases = $derived.by(() => casesOf(this.#workspace.frames));
  readonly annotatedCases = $derived(this.cases.filter(({ annotated }) => annotated > 0).length);
  readonly rest = $derived(this.cases.length - this.train - this.val - this.test);
  readonly canApply = $derived(!this.isBusy && this.rest >= 0 && this.train > 0);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    const before = workspace.project?.counts.bySplit;
    const isSplit = before !== undefined && before.train.cases > 0;
    const suggested = suggestCounts(this.annotatedCases);
    this.train = isSplit ? before.train.cases : suggested.train;
    this.val = isSplit ? before.val.cases : suggested.val;
    this.test = isSplit ? before.test.cases : suggested.test;
  }

  async apply(): Promise<void> {
    this.isBusy = true;
    const { train, val, test, seed } = this;
    await this.#workspace.attempt(async () => {
      this.#workspace.project = await this.#workspace.client.split({ train, val, test, seed });
      await this.#workspace.reloadFrames();
    });
    this.isBusy = false;
  }

  async move(caseId: number, split: Split): Promise<void> {
    await this.#workspace.attempt(async () => {
      await this.#workspace.client.moveCase(caseId, split);
      await this.#workspace.reloadFrames();
    });
  }
}
