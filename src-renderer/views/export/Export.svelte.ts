/** @file What is exported where, and the report. */
import type { ExportFormat, ExportProgress, ExportReport, Split } from "../../../src-main/api/contract.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { timeStampNow } from "./time-stamp.ts";

export class ExportState {
  format = $state<ExportFormat>("png");
  dir = $state("");
  split = $state<Split | "">("");
  #chosenModel = $state<number | null>(null);
  isBusy = $state(false);
  report = $state.raw<ExportReport | null>(null);

  readonly #workspace: Workspace;
  readonly needsModel = $derived(this.format === "onnx");
  readonly modelId = $derived.by(() => this.#chosenModel ?? this.#workspace.models[0]?.modelId ?? null);
  readonly canStart = $derived(!this.isBusy && this.dir.trim() !== "" && (!this.needsModel || this.modelId !== null));

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    const path = workspace.project?.path ?? "";
    this.dir = path.replace(/\.aliquot$/, `-export-${timeStampNow()}`);
  }

  chooseModel(modelId: number): void {
    this.#chosenModel = modelId;
  }

  /** Of the export under way; null before there is word of it. */
  get progress(): ExportProgress | null {
    return this.isBusy ? this.#workspace.exporting : null;
  }

  async cancel(): Promise<void> {
    const exportId = this.progress?.exportId;
    if (exportId !== undefined) await this.#workspace.attempt(() => this.#workspace.client.cancelExport(exportId));
  }

  async start(): Promise<void> {
    this.#workspace.exporting = null;
    this.isBusy = true;
    this.report = null;
    const { format, split } = this;
    const modelId = this.needsModel ? this.modelId : null;
    const report = await this.#workspace.attempt(() =>
      this.#workspace.client.export({
        format,
        dir: this.dir.trim(),
        ...(modelId === null ? {} : { modelId }),
        ...(split === "" || format === "onnx" ? {} : { split }),
      }),
    );
    this.report = report ?? null;
    this.isBusy = false;
  }
}
