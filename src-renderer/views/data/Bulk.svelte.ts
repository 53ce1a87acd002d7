/** @file What is done to the chosen images at once, and undone as one. */
import type {
  BulkHistory,
  FrameRow,
  LabelValue,
  RemovalPreview,
  RunRow,
  Split,
} from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { splitChange } from "./split-change.ts";

export type BulkDialog = "label" | "model" | "remove";

export class BulkState {
  history = $state.raw<BulkHistory>({ undo: null, redo: null });
  /** What the last action did, as a sentence. */
  done = $state.raw<string | null>(null);
  isBusy = $state(false);
  /** While many proposals are decided on. */
  deciding = $state<"accept" | "reject" | null>(null);
  dialog = $state<BulkDialog | null>(null);
  /** With the dialog of removal. */
  removal = $state.raw<RemovalPreview | null>(null);

  readonly #workspace: Workspace;
  readonly #selected: () => readonly FrameRow[];

  constructor(workspace: Workspace, selected: () => readonly FrameRow[]) {
    this.#workspace = workspace;
    this.#selected = selected;
  }

  /** Of another project nothing is kept. */
  forget(): void {
    this.history = { undo: null, redo: null };
    this.done = null;
    this.dialog = null;
  }

  async refresh(): Promise<void> {
    this.history = await this.#workspace.client.bulkHistory();
  }

  get isAvailable(): boolean {
    return !this.isBusy && !this.#workspace.isReadOnly && this.#selected().length > 0;
  }

  /** Chosen images whose proposal waits for a decision. */
  get pending(): number {
    return this.#selected().filter(({ proposal }) => proposal?.state === "pending").length;
  }

  /** Puts the patients of the chosen images into a split: all of a patient's images go along. */
  async moveTo(split: Split): Promise<void> {
    const { change, cases } = splitChange(this.#selected(), split);
    if (cases === 0) return;
    await this.#act(async () => {
      await this.#workspace.client.assignSplits(change);
      return texts.data.moved(cases, texts.splits[split]);
    });
  }

  async decide(decision: "accept" | "reject"): Promise<void> {
    this.deciding = decision;
    this.#workspace.deciding = null;
    await this.#act(async () => {
      const { changed } = await this.#workspace.client.decideAll(this.#frameIds, decision);
      return texts.data.bulk.decided[decision](changed);
    });
    this.deciding = null;
  }

  /** What was decided by then stays, and is undone as one. */
  cancelDeciding = async (): Promise<void> => {
    await this.#workspace.attempt(() => this.#workspace.client.cancelDecisions());
  };

  /** Null takes the value back. False when it was refused. */
  async say(labelId: number, value: LabelValue | null): Promise<boolean> {
    const isSaid = await this.#act(async () => {
      const { changed } = await this.#workspace.client.labelAll(labelId, this.#frameIds, value);
      return texts.data.bulk.labeled(changed);
    });
    if (isSaid) this.dialog = null;
    return isSaid;
  }

  /** Asks what would go, then the person. */
  async askRemoval(): Promise<void> {
    this.removal = null;
    const removal = await this.#workspace.attempt(() => this.#workspace.client.previewRemoval(this.#frameIds));
    if (removal === undefined) return;
    this.removal = removal;
    this.dialog = "remove";
  }

  async remove(): Promise<void> {
    this.dialog = null;
    await this.#act(async () => {
      const { changed } = await this.#workspace.client.removeImages(this.#frameIds);
      return texts.data.bulk.removed(changed);
    });
  }

  /** A run of its own: not undone, for its proposals only wait. */
  async runModel(modelId: number): Promise<void> {
    this.dialog = null;
    const run = await this.#workspace.attempt<RunRow>(() =>
      this.#workspace.client.propose(modelId, { frameIds: this.#frameIds }),
    );
    if (run === undefined) return;
    this.#workspace.noteRun(run);
    this.done = texts.data.bulk.running(this.#frameIds.length);
  }

  /** On the export screen, with these images alone. */
  export(): void {
    this.#workspace.exportFrameIds = this.#frameIds;
    this.#workspace.view = "export";
  }

  undo = (): Promise<void> => this.#travel("undo");
  redo = (): Promise<void> => this.#travel("redo");

  async #travel(way: "undo" | "redo"): Promise<void> {
    if (this.history[way] === null || this.#workspace.isReadOnly) return;
    await this.#act(async () => {
      const { client } = this.#workspace;
      const { kind, changed, kept } = await (way === "undo" ? client.undoBulk() : client.redoBulk());
      return texts.data.bulk.travelled(way, kind, changed, kept);
    });
  }

  get #frameIds(): number[] {
    return this.#selected().map(({ frameId }) => frameId);
  }

  /** One at a time. The lists are read anew when the app tells that they changed. */
  async #act(work: () => Promise<string>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    const done = await this.#workspace.attempt(async () => {
      const sentence = await work();
      await this.refresh();
      return sentence;
    });
    this.isBusy = false;
    if (done !== undefined) this.done = done;
    return done !== undefined;
  }
}
