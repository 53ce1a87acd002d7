/** @file What is to be imported, and how the import goes: choose, look at a preview, import, read the report. */
import type {
  DeidentifyChoice,
  ImportState,
  KeptImport,
  KeptImportRow,
  PatientRule,
  PrivacyField,
  SlicePlane,
  Split,
} from "../../../src-main/api/contract.ts";
import type { ImportFiles, ImportOptions } from "../../api/requests.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { diskRoots, type Dropped, mayBeVolume, sortByRole } from "./dropped-files.ts";

/** "checking" and "preview" store nothing; "kept" shows the report of an earlier import. */
export type ImportPhase = "choose" | "checking" | "preview" | "importing" | "report" | "kept";

export class ImportJob {
  images = $state.raw<Dropped[]>([]);
  masks = $state.raw<Dropped[]>([]);
  /** Tables of image-level labels. */
  labels = $state.raw<Dropped[]>([]);
  imagesPath = $state("");
  masksPath = $state("");
  patientKind = $state<PatientRule["kind"]>("auto");
  pattern = $state("");
  split = $state<Split | "">("");
  /** What the images are called, whatever their files say; empty: what these say. */
  modality = $state("");
  plane = $state<SlicePlane>("axial");
  addClasses = $state(false);
  deidentify = $state(true);
  /** What de-identification leaves in, by name of the option. */
  leftIn = $state<Record<string, boolean | string>>({});
  privacyFields = $state.raw<PrivacyField[]>([]);
  earlier = $state.raw<KeptImportRow[]>([]);
  kept = $state.raw<KeptImport | null>(null);
  isSending = $state(false);
  #importId = $state<number | null>(null);
  #answered = $state.raw<ImportState | null>(null);

  readonly #workspace: Workspace;
  /** The latest of what the request answered and what the events told. */
  readonly progress = $derived.by<ImportState | null>(() => {
    if (this.#importId === null) return null;
    const told = this.#workspace.imports;
    return told !== null && told.importId === this.#importId ? told : this.#answered;
  });
  readonly phase = $derived.by<ImportPhase>(() => {
    if (this.kept !== null) return "kept";
    if (this.progress === null) return "choose";
    const { dryRun, state } = this.progress;
    if (state === "running") return dryRun ? "checking" : "importing";
    return dryRun ? "preview" : "report";
  });
  readonly isEmpty = $derived(this.images.length + this.masks.length + this.labels.length === 0);
  readonly canStart = $derived(
    !this.isSending &&
      (!this.isEmpty || this.imagesPath.trim() !== "" || this.masksPath.trim() !== "") &&
      (this.patientKind !== "pattern" || this.pattern !== ""),
  );
  /** Whether the plane of slices matters, as far as is known. */
  readonly hasVolumes = $derived.by(() => {
    const { formats = {} } = this.progress ?? {};
    if ((formats.nifti ?? 0) + (formats.nrrd ?? 0) > 0) return true;
    return this.imagesPath.trim() !== "" || this.images.some(mayBeVolume);
  });

  /** Modalities that images of the project have already. */
  readonly modalities = $derived.by(() => {
    const named = this.#workspace.frames.flatMap(({ modality }) => modality ?? []).toSorted();
    return named.filter((modality, index) => modality !== named[index - 1]);
  });

  constructor(workspace: Workspace, dropped: readonly Dropped[]) {
    this.#workspace = workspace;
    this.add(dropped);
    // The dialog was closed while an import ran: it shows that one again.
    if (workspace.imports?.state === "running") this.#importId = workspace.imports.importId;
    void workspace.attempt(async () => (this.privacyFields = await workspace.client.privacyFields()));
    void workspace.attempt(async () => (this.earlier = await workspace.client.earlierImports()));
  }

  /** Sorts files by their folders and endings. */
  add(files: readonly Dropped[]): void {
    const { images, masks, labels } = sortByRole(files);
    this.images = merged(this.images, images);
    this.masks = merged(this.masks, masks);
    this.labels = merged(this.labels, labels);
  }

  /** Files that a person says are masks or labels. */
  addMasks(files: readonly Dropped[]): void {
    const { images, masks, labels } = sortByRole(files);
    this.masks = merged(this.masks, [...images, ...masks]);
    this.labels = merged(this.labels, labels);
  }

  /** Shows what an import would do; the files of a preview on screen are not sent again. */
  preview(): Promise<void> {
    return this.#start(true);
  }

  start(): Promise<void> {
    return this.#start(false);
  }

  /** From a preview to what was chosen. */
  async back(): Promise<void> {
    await this.cancel();
    this.#importId = null;
    this.#answered = null;
  }

  /** Ends an import under way, and lets go of the files of a preview. */
  async cancel(): Promise<void> {
    const importId = this.#importId;
    if (importId === null) return;
    await this.#workspace.attempt(async () => (this.#answered = await this.#workspace.client.cancelImport(importId)));
  }

  /** What runs on goes on without the dialog; a preview does not. */
  async leave(): Promise<void> {
    if (this.phase === "checking" || this.phase === "preview") await this.cancel();
  }

  async showKept(reportId: number): Promise<void> {
    const { client } = this.#workspace;
    await this.#workspace.attempt(async () => (this.kept = await client.earlierImport(reportId)));
  }

  async #start(dryRun: boolean): Promise<void> {
    this.isSending = true;
    const answered = await this.#workspace.attempt(() => this.#send({ ...this.#options(), dryRun }));
    this.isSending = false;
    if (answered === undefined) return;
    this.#importId = answered.importId;
    this.#answered = answered;
  }

  #send(options: ImportOptions): Promise<ImportState> {
    const { client } = this.#workspace;
    if (this.phase === "preview") return client.importAgain(this.#importId!, options);
    const typed = { images: this.imagesPath.trim(), masks: this.masksPath.trim() };
    if (typed.images !== "" || typed.masks !== "") {
      const listed = (path: string): string[] => (path === "" ? [] : [path]);
      return client.importPaths({ images: listed(typed.images), masks: listed(typed.masks), labels: [] }, options);
    }
    const { images, masks, labels } = this;
    const onDisk = pathsOf({ images, masks, labels });
    return onDisk === null
      ? client.importFiles({ images, masks, labels }, options)
      : client.importPaths(onDisk, options);
  }

  #options(): Omit<ImportOptions, "dryRun"> {
    const patient: PatientRule =
      this.patientKind === "pattern" ? { kind: "pattern", pattern: this.pattern } : { kind: this.patientKind };
    return {
      patient,
      ...(this.split === "" ? {} : { split: this.split }),
      ...(this.modality.trim() === "" ? {} : { modality: this.modality.trim() }),
      deidentify: this.deidentify && (this.leftIn as DeidentifyChoice),
      plane: this.plane,
      addClasses: this.addClasses,
    };
  }
}

/** On the desktop files are read in place, one by one; null in a browser tab, which sends them. */
function pathsOf({ images, masks, labels }: ImportFiles<Dropped>): ImportFiles<string> | null {
  const chosen = { images: diskRoots(images, "images"), masks: diskRoots(masks, "masks") };
  const tables = labels.map(({ diskPath }) => diskPath).filter((path) => path !== null);
  if (chosen.images === null || chosen.masks === null || tables.length < labels.length) return null;
  return { images: chosen.images, masks: chosen.masks, labels: tables };
}

/** The same path chosen twice counts once. */
function merged(before: readonly Dropped[], added: readonly Dropped[]): Dropped[] {
  return [...new Map([...before, ...added].map((each) => [each.path, each])).values()];
}
