/** @file The images of the data screen: filtered, sorted, chosen, and moved between splits. */
import type { FrameRow, Split } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type BrowseFilter, everything, filterRows, modalitiesOf, sortRows, type SortOrder } from "./browse-frames.ts";
import {
  asSet,
  nothingSelected,
  select,
  selectAll,
  selectNone,
  type Selection,
  type SelectionMode,
} from "./selection.ts";
import { countCases, type SplitChange, splitChange } from "./split-change.ts";

/** What the last bulk action did, and how it is taken back. */
interface Done {
  text: string;
  undo: SplitChange;
}

export class DataState {
  filter = $state<BrowseFilter>({ ...everything });
  order = $state.raw<SortOrder>({ by: "listed", isDescending: false });
  layout = $state<"grid" | "table">("grid");
  selection = $state.raw<Selection>(nothingSelected);
  done = $state.raw<Done | null>(null);
  isBusy = $state(false);
  /** Value of the class that must be present; null for all. */
  classValue = $state.raw<number | null>(null);

  readonly workspace: Workspace;
  readonly #searched = new WeakMap<FrameRow, string>();
  readonly frames = $derived.by(() =>
    sortRows(filterRows(this.workspace.frames, { ...this.filter }, this.#searched), this.order),
  );
  readonly #ids = $derived.by(() => this.frames.map(({ frameId }) => frameId));
  /** Chosen and shown: a filter takes from the choice what it hides. */
  readonly selected = $derived.by(() => this.frames.filter(({ frameId }) => this.selection.ids.has(frameId)));
  readonly selectedCases = $derived(countCases(this.selected));
  readonly modalities = $derived.by(() => modalitiesOf(this.workspace.frames));

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  select(position: number, mode: SelectionMode): void {
    this.selection = select(this.selection, this.#ids, position, mode);
  }

  /** Moves the keyboard without choosing. */
  move(position: number): void {
    this.selection = { ...this.selection, active: position };
  }

  selectAll(): void {
    this.selection = selectAll(this.selection, this.#ids);
  }

  clearSelection(): void {
    this.selection = selectNone(this.selection);
  }

  clearFilter(): void {
    this.filter = { ...everything };
    this.classValue = null;
  }

  /** By the same key again: the other way round. */
  sortBy(by: SortOrder["by"]): void {
    this.order = { by, isDescending: this.order.by === by && !this.order.isDescending };
  }

  async filterByClass(value: number | null): Promise<void> {
    this.classValue = value;
    if (value === null) {
      this.filter.ofClass = null;
      return;
    }
    const ids = await this.workspace.attempt(() => this.workspace.client.framesOfClass(value));
    if (ids !== undefined && this.classValue === value) this.filter.ofClass = asSet(ids);
  }

  open(position: number): void {
    const frame = this.frames[position];
    if (frame === undefined) return;
    this.workspace.frameId = frame.frameId;
    this.workspace.view = "annotate";
  }

  /** Puts the patients of the chosen images into a split: all of a patient's images go along. */
  async moveSelected(split: Split): Promise<void> {
    const { change, undo, cases } = splitChange(this.selected, split);
    if (cases === 0) return;
    await this.#assign(change, { text: texts.data.moved(cases, texts.splits[split]), undo });
  }

  async undo(): Promise<void> {
    if (this.done !== null) await this.#assign(this.done.undo, null);
  }

  async #assign(change: SplitChange, done: Done | null): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    await this.workspace.attempt(async () => {
      await this.workspace.client.assignSplits(change);
      this.done = done;
      await this.workspace.reloadFrames();
    });
    this.isBusy = false;
  }
}
