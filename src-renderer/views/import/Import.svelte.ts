/** @file What is to be imported, and how the import goes. */
import type { ImportState, PatientRule, Split } from "../../../src-main/api/contract.ts";
import type { ImportOptions } from "../../api/requests.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type Dropped, sortByRole } from "./dropped-files.ts";

export class ImportJob {
  images = $state.raw<Dropped[]>([]);
  masks = $state.raw<Dropped[]>([]);
  imagesPath = $state("");
  masksPath = $state("");
  patientKind = $state<PatientRule["kind"]>("auto");
  pattern = $state("");
  split = $state<Split | "">("");
  deidentify = $state(true);
  isSending = $state(false);
  #importId = $state<number | null>(null);
  #answered = $state.raw<ImportState | null>(null);

  readonly #workspace: Workspace;
  /** The latest of what the request answered and what the events told. */
  readonly progress = $derived.by<ImportState | null>(() => {
    const told = this.#workspace.imports;
    return told !== null && told.importId === this.#importId ? told : this.#answered;
  });
  readonly canStart = $derived(
    !this.isSending &&
      (this.images.length + this.masks.length > 0 || this.imagesPath.trim() !== "") &&
      (this.patientKind !== "pattern" || this.pattern !== ""),
  );

  constructor(workspace: Workspace, dropped: readonly Dropped[]) {
    this.#workspace = workspace;
    this.add(dropped);
    // The dialog was closed while an import ran: it shows that one again.
    if (workspace.imports?.state === "running") this.#importId = workspace.imports.importId;
  }

  /** Sorts files by their folders. */
  add(files: readonly Dropped[]): void {
    const { images, masks } = sortByRole(files);
    this.images = merged(this.images, images);
    this.masks = merged(this.masks, masks);
  }

  addImages(files: readonly Dropped[]): void {
    this.images = merged(this.images, files);
  }

  addMasks(files: readonly Dropped[]): void {
    this.masks = merged(this.masks, files);
  }

  async start(): Promise<void> {
    this.isSending = true;
    const answered = await this.#workspace.attempt(() => this.#send());
    this.isSending = false;
    if (answered === undefined) return;
    this.#importId = answered.importId;
    this.#answered = answered;
  }

  async cancel(): Promise<void> {
    const importId = this.#importId;
    if (importId === null) return;
    await this.#workspace.attempt(async () => (this.#answered = await this.#workspace.client.cancelImport(importId)));
  }

  #send(): Promise<ImportState> {
    const { client } = this.#workspace;
    const masksPath = this.masksPath.trim() || undefined;
    if (this.imagesPath.trim() !== "") return client.importPaths([this.imagesPath.trim()], masksPath, this.#options());
    // On the desktop files are read in place; masks in several folders would not fit in one path.
    const paths = this.images.map(({ diskPath }) => diskPath);
    if (this.masks.length === 0 && paths.every((path) => path !== null)) {
      return client.importPaths(paths, undefined, this.#options());
    }
    return client.importFiles(this.images, this.masks, this.#options());
  }

  #options(): ImportOptions {
    const patient: PatientRule =
      this.patientKind === "pattern" ? { kind: "pattern", pattern: this.pattern } : { kind: this.patientKind };
    return { patient, ...(this.split === "" ? {} : { split: this.split }), deidentify: this.deidentify };
  }
}

/** The same path chosen twice counts once. */
function merged(before: readonly Dropped[], added: readonly Dropped[]): Dropped[] {
  return [...new Map([...before, ...added].map((each) => [each.path, each])).values()];
}
