/** @file Which images the data screen shows, and in which order. */
import type { BurnedInState, FrameRow, MaskOrigin, Split } from "../../../src-main/api/contract.ts";

export type StateFilter = "all" | "annotated" | "not-annotated" | "proposed";

export interface BrowseFilter {
  /** In name, case or modality; all words. */
  text: string;
  /** In the name of the case. */
  patient: string;
  split: Split | "unassigned" | "all";
  state: StateFilter;
  origin: MaskOrigin | "all";
  /** "" is no modality. */
  modality: string | null;
  writing: BurnedInState | "all";
  /** Frames that show the chosen class; null: no class is chosen. */
  ofClass: ReadonlySet<number> | null;
}

export const sortKeys = ["listed", "name", "case", "annotated", "expectedDice"] as const;
export type SortKey = (typeof sortKeys)[number];

export interface SortOrder {
  by: SortKey;
  isDescending: boolean;
}

export const everything: BrowseFilter = {
  text: "",
  patient: "",
  split: "all",
  state: "all",
  origin: "all",
  modality: null,
  writing: "all",
  ofClass: null,
};

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** The frames that fit. `searched` keeps the lower-case text of each row between calls. */
export function filterRows(
  frames: readonly FrameRow[],
  filter: BrowseFilter,
  searched = new WeakMap<FrameRow, string>(),
): FrameRow[] {
  const words = wordsOf(filter.text);
  const patient = filter.patient.trim().toLowerCase();
  const textOf = (frame: FrameRow): string => {
    let text = searched.get(frame);
    if (text === undefined) {
      text = `${frame.name} ${frame.caseName} ${frame.modality ?? ""}`.toLowerCase();
      searched.set(frame, text);
    }
    return text;
  };
  return frames.filter(
    (frame) =>
      (filter.split === "all" || (frame.split ?? "unassigned") === filter.split) &&
      (filter.origin === "all" || frame.annotation === filter.origin) &&
      (filter.modality === null || (frame.modality ?? "") === filter.modality) &&
      (filter.writing === "all" || frame.burnedIn === filter.writing) &&
      (filter.ofClass === null || filter.ofClass.has(frame.frameId)) &&
      hasState(frame, filter.state) &&
      (patient === "" || frame.caseName.toLowerCase().includes(patient)) &&
      (words.length === 0 || words.every((word) => textOf(frame).includes(word))),
  );
}

function hasState({ annotation, proposal }: FrameRow, state: StateFilter): boolean {
  if (state === "all") return true;
  if (state === "proposed") return proposal?.state === "pending";
  return (annotation !== null) === (state === "annotated");
}

/** A sorted copy; equal rows keep their order, and rows without the value come last either way. */
export function sortRows(frames: readonly FrameRow[], { by, isDescending }: SortOrder): FrameRow[] {
  if (by === "listed") return isDescending ? frames.toReversed() : [...frames];
  const keyed = frames.map((frame, index) => ({ frame, key: keyOf(frame, by), index }));
  const direction = isDescending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || a.index - b.index;
    if (a.key === b.key) return a.index - b.index;
    return a.key < b.key ? -direction : direction;
  });
  return keyed.map(({ frame }) => frame);
}

function keyOf(frame: FrameRow, by: SortKey): string | number | null {
  switch (by) {
    case "listed":
      return 0;
    case "name":
      return natural(frame.name);
    case "case":
      return natural(frame.caseName);
    case "annotated":
      return frame.annotatedAt;
    case "expectedDice":
      return frame.proposal?.expectedDice ?? null;
  }
}

/** Numbers by their value: image 2 before image 10. */
function natural(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

/** Modalities that occur, in the order of the list; "" for none. */
export function modalitiesOf(frames: readonly FrameRow[]): string[] {
  return [...new Set(frames.map(({ modality }) => modality ?? ""))];
}
