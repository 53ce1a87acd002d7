/** @file Runs that compute on another machine: out as one file, their results in. */
import type { BundleReport, RunRow } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import { RequestRefused } from "../../api/trouble.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export class Exchange {
  dialog = $state.raw<{ kind: "bundle"; runId: number } | { kind: "result" } | null>(null);
  isWriting = $state(false);
  isTaking = $state(false);
  /** With the dialog of a bundle, once it is written. */
  written = $state.raw<BundleReport | null>(null);

  readonly #workspace: Workspace;
  readonly #onTaken: (run: RunRow) => void;

  constructor(workspace: Workspace, onTaken: (run: RunRow) => void) {
    this.#workspace = workspace;
    this.#onTaken = onTaken;
  }

  open(dialog: NonNullable<Exchange["dialog"]>): void {
    this.written = null;
    this.dialog = dialog;
  }

  close(): void {
    this.dialog = null;
  }

  async write(runId: number, path: string): Promise<void> {
    this.isWriting = true;
    await this.#workspace.attempt(async () => {
      try {
        this.written = await this.#workspace.client.exportRun(runId, path);
      } catch (error) {
        // The person ended it.
        if (!(error instanceof RequestRefused && error.problem?.code === "cancelled")) throw error;
      }
    });
    this.isWriting = false;
  }

  cancel(runId: number): void {
    void this.#workspace.attempt(() => this.#workspace.client.cancelRunExport(runId));
  }

  async take(path: string): Promise<void> {
    this.isTaking = true;
    const run = await this.#workspace.attempt(() => this.#workspace.client.importRunResult(path));
    this.isTaking = false;
    if (run === undefined) return;
    this.close();
    this.#workspace.noteRun(run);
    this.#workspace.notices.add({ tone: "news", title: texts.train.result.taken(texts.train.run(run.runId)) });
    this.#onTaken(run);
  }
}
