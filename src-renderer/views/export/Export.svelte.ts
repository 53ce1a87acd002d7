/** @file What is exported where, what is known before, and the report. */
import type {
  ExportFormat,
  ExportPreview,
  ExportProgress,
  ExportReport,
  MaskKind,
  Split,
} from "../../../src-main/api/contract.ts";
import type { ExportChoice } from "../../api/requests.ts";
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { timeStampNow } from "./time-stamp.ts";

export class ExportState {
  format = $state<ExportFormat>("png");
  dir = $state("");
  split = $state<Split | "">("");
  masks = $state<MaskKind[]>(["human", "accepted"]);
  overwrite = $state(false);
  /** Of the tables: one model's figures alone; null: all tables. */
  figuresOf = $state<number | null>(null);
  #chosenModel = $state<number | null>(null);
  isBusy = $state(false);
  report = $state.raw<ExportReport | null>(null);
  preview = $state.raw<ExportPreview | null>(null);
  /** Why there is nothing to export as chosen. */
  trouble = $state.raw<Sentences | null>(null);
  #previews = 0;

  readonly #workspace: Workspace;
  readonly isModel = $derived(this.format === "onnx");
  readonly isFigures = $derived(this.format === "csv" && this.figuresOf !== null);
  readonly modelId = $derived.by(() => this.#chosenModel ?? this.#workspace.models[0]?.modelId ?? null);
  readonly choice = $derived.by<ExportChoice | null>(() => {
    const { format, split, modelId } = this;
    if (this.isModel) return modelId === null ? null : { format, modelId };
    const ofSplit = { format, ...(split === "" ? {} : { split }) };
    const frameIds = this.#workspace.exportFrameIds;
    if (this.isFigures) return { ...ofSplit, modelId: this.figuresOf! };
    return this.masks.length === 0
      ? null
      : { ...ofSplit, ...(frameIds === null ? {} : { frameIds }), masks: [...this.masks] };
  });
  readonly canStart = $derived(!this.isBusy && this.dir.trim() !== "" && this.choice !== null && this.trouble === null);

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    const path = workspace.project?.path ?? "";
    this.dir = path.replace(/\.aliquot$/, `-export-${timeStampNow()}`);
  }

  chooseModel(modelId: number): void {
    this.#chosenModel = modelId;
  }

  /** Asks what an export as chosen would write; a later question overtakes an earlier one. */
  async look(): Promise<void> {
    const { choice } = this;
    const asked = ++this.#previews;
    let preview: ExportPreview | null = null;
    let trouble: Sentences | null = null;
    try {
      if (choice !== null) preview = await this.#workspace.client.previewExport(choice);
    } catch (error) {
      trouble = sentencesOf(error);
    }
    if (asked !== this.#previews) return;
    this.preview = preview;
    this.trouble = trouble;
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
    const { choice, overwrite } = this;
    if (choice === null) return;
    this.#workspace.exporting = null;
    this.isBusy = true;
    this.report = null;
    const report = await this.#workspace.attempt(() =>
      this.#workspace.client.export({ ...choice, dir: this.dir.trim(), overwrite }),
    );
    this.report = report ?? null;
    this.isBusy = false;
  }
}
