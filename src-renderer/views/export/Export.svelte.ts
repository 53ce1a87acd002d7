/** @file What is exported where, what is known before, and the report. */
import type {
  ExportFormat,
  ExportPreview,
  ExportProgress,
  ExportReport,
  MaskKind,
  PreviewProgress,
  Split,
} from "../../../src-main/api/contract.ts";
import type { ExportChoice } from "../../api/requests.ts";
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { timeStampNow } from "./time-stamp.ts";

/** Shorter waits need no word. */
const UNTOLD_MS = 400;

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
  /** The preview that is being worked out. */
  #asked: string | null = $state(null);
  /** It takes longer than a person waits without a word. */
  #isSlow = $state(false);
  /** The person did not want to wait for it. */
  isPreviewStopped = $state(false);

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
    const ofFrames = { ...ofSplit, ...(frameIds === null ? {} : { frameIds }) };
    if (format === "dicom") return ofFrames;
    return this.masks.length === 0 ? null : { ...ofFrames, masks: [...this.masks] };
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

  /** Of the preview that is being worked out, once it takes a while; null: there is nothing to wait for. */
  get looking(): Omit<PreviewProgress, "previewId"> | null {
    if (!this.#isSlow) return null;
    const { previewing } = this.#workspace;
    return previewing?.previewId === this.#asked ? previewing : { done: 0, total: 0, secondsLeft: null };
  }

  /** Asks what an export as chosen would write; a later question ends an earlier one. */
  async look(): Promise<void> {
    const { choice } = this;
    this.#endLook();
    this.isPreviewStopped = false;
    const previewId = crypto.randomUUID();
    this.#asked = previewId;
    const slow = setTimeout(() => {
      if (this.#asked === previewId) this.#isSlow = true;
    }, UNTOLD_MS);
    let preview: ExportPreview | null = null;
    let trouble: Sentences | null = null;
    try {
      if (choice !== null) preview = await this.#workspace.client.previewExport(choice, previewId);
    } catch (error) {
      trouble = sentencesOf(error);
    }
    clearTimeout(slow);
    if (this.#asked !== previewId) return;
    this.#asked = null;
    this.#isSlow = false;
    this.preview = preview;
    this.trouble = trouble;
  }

  /** The person does not want to wait for the preview. */
  stopLook(): void {
    this.#endLook();
    this.preview = null;
    this.trouble = null;
    this.isPreviewStopped = true;
  }

  /** The screen is left: nobody will see the answer. */
  leave(): void {
    this.#endLook();
  }

  #endLook(): void {
    const asked = this.#asked;
    this.#asked = null;
    this.#isSlow = false;
    // Refused where its project was closed meanwhile, which ends it as well.
    if (asked !== null) this.#workspace.client.cancelPreview(asked).catch(() => undefined);
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
