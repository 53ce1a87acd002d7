/**
 * @file The images of the data screen: filtered, sorted and chosen. Constructed once by App, so that what was set
 * stays while another screen is in front.
 */
import type { FrameRow, LabelDefinition } from "../../../src-main/api/contract.ts";
import {
  asSet,
  nothingSelected,
  select,
  selectAll,
  selectNone,
  type Selection,
  type SelectionMode,
} from "../../ui/selection.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import {
  type Areas,
  areasByFrame,
  type BrowseFilter,
  everything,
  filterRows,
  modalitiesOf,
  noAreas,
  sortRows,
  type SortOrder,
} from "./browse-frames.ts";
import { BulkState } from "./Bulk.svelte.ts";
import { type LabelFilter, valuesByFrame, type ValuesByFrame } from "./label-filter.ts";
import { type Doubts, doubtsByFrame, noDoubts, predictedValues } from "./predicted-labels.ts";
import { countCases } from "./split-change.ts";

/** What the person sets in fields; the rest is fetched. */
type FilterFields = Omit<BrowseFilter, "ofClass" | "label">;

function noFilter(): FilterFields {
  const { ofClass: _, label: __, ...fields } = everything;
  return fields;
}

export class DataState {
  filter = $state<FilterFields>(noFilter());
  order = $state.raw<SortOrder>({ by: "listed", isDescending: false });
  layout = $state<"grid" | "table">("grid");
  /** Where each layout stands, CSS pixels. */
  readonly scrollTop = { grid: 0, table: 0 };
  selection = $state.raw<Selection>(nothingSelected);
  /** Value of the class that must be present; null for all. */
  classValue = $state.raw<number | null>(null);
  labelFilter = $state.raw<LabelFilter | null>(null);
  definitions = $state.raw<LabelDefinition[]>([]);
  areas = $state.raw<Areas>(noAreas);

  readonly workspace: Workspace;
  readonly bulk: BulkState;
  readonly #searched = new WeakMap<FrameRow, string>();
  #ofClass = $state.raw<ReadonlySet<number> | null>(null);
  #labelValues = $state.raw<{ labelId: number; by: LabelFilter["by"]; values: ValuesByFrame } | null>(null);
  #doubts = $state.raw<Doubts>(noDoubts);
  #projectPath: string | null = null;

  readonly filtered = $derived.by<FrameRow[]>(() => {
    const { labelFilter, workspace } = this;
    // Until its values have come, nothing is left out by a label.
    const isKnown = labelFilter !== null && this.#isOf(labelFilter, this.#labelValues);
    const label = isKnown ? { rule: labelFilter.rule, values: this.#labelValues!.values } : null;
    return filterRows(workspace.frames, { ...this.filter, ofClass: this.#ofClass, label }, this.#searched);
  });
  readonly frames = $derived.by(() => sortRows(this.filtered, this.order, this.areas, this.#doubts));
  readonly isFiltered = $derived.by<boolean>(() => {
    const filter = this.filter;
    const fields = Object.keys(filter) as (keyof FilterFields)[];
    return (
      this.classValue !== null || this.labelFilter !== null || fields.some((key) => filter[key] !== everything[key])
    );
  });
  readonly #ids = $derived.by(() => this.frames.map(({ frameId }) => frameId));
  /** Chosen and shown: a filter takes from the choice what it hides. */
  readonly selected = $derived.by(() => this.frames.filter(({ frameId }) => this.selection.ids.has(frameId)));
  readonly selectedCases = $derived(countCases(this.selected));
  readonly modalities = $derived.by(() => modalitiesOf(this.workspace.frames));

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.bulk = new BulkState(workspace, () => this.selected);
  }

  /** The screen comes to the front. Of another project nothing is kept. */
  enter(): void {
    const path = this.workspace.project?.path ?? null;
    if (path === this.#projectPath) return;
    this.#projectPath = path;
    this.clearFilter();
    this.order = { by: "listed", isDescending: false };
    this.selection = nothingSelected;
    this.bulk.forget();
    this.areas = noAreas;
    this.#doubts = noDoubts;
    this.definitions = [];
    this.scrollTop.grid = this.scrollTop.table = 0;
  }

  /** Fetches what filters and order are made of, as far as they are set. */
  async refresh(): Promise<void> {
    const { client } = this.workspace;
    await this.workspace.attempt(async () => {
      this.definitions = await client.labels();
      const { classValue, labelFilter } = this;
      const isGone = labelFilter !== null && !this.definitions.some(({ labelId }) => labelId === labelFilter.labelId);
      if (isGone) this.labelFilter = null;
      await Promise.all([
        this.bulk.refresh(),
        classValue === null ? null : this.#fetchClass(classValue),
        labelFilter === null || isGone ? null : this.#fetchLabel(labelFilter),
        this.order.by === "gradeDoubt" ? this.#fetchDoubts() : null,
        this.#needsAreas ? this.#fetchAreas() : null,
      ]);
    });
  }

  /** Images in the list. */
  get count(): number {
    return this.frames.length;
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
    this.filter = noFilter();
    this.classValue = null;
    this.#ofClass = null;
    this.labelFilter = null;
  }

  /** By the same key again: the other way round. */
  sortBy(by: SortOrder["by"]): void {
    const isDescending = this.order.by === by && !this.order.isDescending;
    this.order = { by, isDescending };
    if (by === "gradeDoubt") void this.workspace.attempt(() => this.#fetchDoubts());
    if (by === "area") void this.workspace.attempt(() => this.#fetchAreas());
  }

  show(layout: "grid" | "table"): void {
    this.layout = layout;
    if (layout === "table") void this.workspace.attempt(() => this.#fetchAreas());
  }

  async filterByClass(value: number | null): Promise<void> {
    this.classValue = value;
    if (value === null) this.#ofClass = null;
    else await this.workspace.attempt(() => this.#fetchClass(value));
  }

  async filterByLabel(filter: LabelFilter | null): Promise<void> {
    const isOther = filter !== null && !this.#isOf(filter, this.labelFilter);
    this.labelFilter = filter;
    if (isOther) await this.workspace.attempt(() => this.#fetchLabel(filter));
  }

  get #needsAreas(): boolean {
    return this.order.by === "area" || this.layout === "table";
  }

  async #fetchClass(value: number): Promise<void> {
    const ids = await this.workspace.client.framesOfClass(value);
    if (this.classValue === value) this.#ofClass = asSet(ids);
  }

  async #fetchLabel(filter: LabelFilter): Promise<void> {
    const { labelId, by } = filter;
    const { client } = this.workspace;
    const values =
      by === "person"
        ? valuesByFrame(await client.labelValues(labelId))
        : predictedValues(await client.labelProposals(), labelId);
    if (this.#isOf(filter, this.labelFilter)) this.#labelValues = { labelId, by, values };
  }

  #isOf({ labelId, by }: LabelFilter, other: Pick<LabelFilter, "labelId" | "by"> | null): boolean {
    return other?.labelId === labelId && other.by === by;
  }

  async #fetchDoubts(): Promise<void> {
    this.#doubts = doubtsByFrame(await this.workspace.client.labelProposals());
  }

  async #fetchAreas(): Promise<void> {
    this.areas = areasByFrame(await this.workspace.client.areas());
  }

  open(position: number): void {
    const frame = this.frames[position];
    if (frame === undefined) return;
    this.workspace.frameId = frame.frameId;
    this.workspace.view = "annotate";
  }
}
