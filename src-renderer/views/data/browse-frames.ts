/** @file Which images the data screen shows, and in which order. */
import type { AnnotatedArea, BurnedInState, FrameRow, MaskOrigin, Split } from "../../../src-main/api/contract.ts";
import { fitsLabel, type LabelRule, type ValuesByFrame } from "./label-filter.ts";
import { type Doubts, noDoubts } from "./predicted-labels.ts";

export type StateFilter = "all" | "annotated" | "not-annotated" | "proposed" | "rejected";

export interface BrowseFilter {
  /** In name, case or modality; all words. */
  text: string;
  /** In the name of the case. */
  patient: string;
  split: Split | "unassigned" | "all";
  state: StateFilter;
  /** Of the annotation, or of the picture itself: made by a model, or by a device. */
  origin: MaskOrigin | "synthetic" | "device" | "all";
  /** "" is no modality. */
  modality: string | null;
  writing: BurnedInState | "all";
  /** Frames that show the chosen class; null: no class is chosen. */
  ofClass: ReadonlySet<number> | null;
  /** By what is said of them; null: no label is chosen. */
  label: { rule: LabelRule; values: ValuesByFrame } | null;
}

/** The last one is of projects with a model of grades or numbers. */
export const sortKeys = [
  "listed",
  "expectedDice",
  "name",
  "case",
  "split",
  "state",
  "area",
  "annotated",
  "gradeDoubt",
] as const;
export type SortKey = (typeof sortKeys)[number];

export type Areas = ReadonlyMap<number, AnnotatedArea>;
export const noAreas: Areas = new Map();

export function areasByFrame(areas: readonly AnnotatedArea[]): Areas {
  return new Map(areas.map((area) => [area.frameId, area]));
}

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
  label: null,
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
      hasOrigin(frame, filter.origin) &&
      (filter.modality === null || (frame.modality ?? "") === filter.modality) &&
      (filter.writing === "all" || frame.burnedIn === filter.writing) &&
      (filter.ofClass === null || filter.ofClass.has(frame.frameId)) &&
      (filter.label === null || fitsLabel(filter.label.rule, filter.label.values.get(frame.frameId))) &&
      hasState(frame, filter.state) &&
      (patient === "" || frame.caseName.toLowerCase().includes(patient)) &&
      (words.length === 0 || words.every((word) => textOf(frame).includes(word))),
  );
}

function hasState({ annotation, proposal }: FrameRow, state: StateFilter): boolean {
  if (state === "all") return true;
  if (state === "proposed") return proposal?.state === "pending";
  if (state === "rejected") return proposal?.state === "rejected";
  return (annotation !== null) === (state === "annotated");
}

function hasOrigin({ annotation, isSynthetic }: FrameRow, origin: BrowseFilter["origin"]): boolean {
  if (origin === "all") return true;
  if (origin === "synthetic" || origin === "device") return isSynthetic === (origin === "synthetic");
  return annotation === origin;
}

/** A sorted copy; equal rows keep their order, and rows without the value come last either way. */
export function sortRows(
  frames: readonly FrameRow[],
  { by, isDescending }: SortOrder,
  areas = noAreas,
  doubts = noDoubts,
): FrameRow[] {
  if (by === "listed") return isDescending ? frames.toReversed() : [...frames];
  const direction = isDescending ? -1 : 1;
  const keyOf = keyFunction(by, areas, doubts);
  const keys = frames.map(keyOf);
  const positions = Uint32Array.from(frames.keys());
  positions.sort((a, b) => {
    const [first, second] = [keys[a]!, keys[b]!];
    if (first === second) return a - b;
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return first < second ? -direction : direction;
  });
  return Array.from(positions, (position) => frames[position]!);
}

const splitOrder: readonly (Split | null)[] = ["train", "val", "test", "unlabelled", null];

/** Areas are compared in mm² where they are known of any image; then the others come last. */
function keyFunction(by: SortKey, areas: Areas, doubts: Doubts): (frame: FrameRow) => string | number | null {
  // Ascending, the most doubtful come first.
  if (by === "gradeDoubt") return ({ frameId }) => (doubts.has(frameId) ? -doubts.get(frameId)! : null);
  if (by !== "area") return (frame) => keyOf(frame, by);
  const hasMm2 = [...areas.values()].some(({ mm2 }) => mm2 !== null);
  return ({ frameId }) => areas.get(frameId)?.[hasMm2 ? "mm2" : "pixels"] ?? null;
}

function keyOf(frame: FrameRow, by: Exclude<SortKey, "area" | "gradeDoubt">): string | number | null {
  switch (by) {
    case "listed":
      return 0;
    case "split":
      return splitOrder.indexOf(frame.split);
    case "state":
      return frame.proposal?.state === "pending" ? 0 : frame.annotation === null ? 1 : 2;
    case "name":
      return natural(frame.name);
    case "case":
      return natural(frame.caseName);
    case "annotated":
      return frame.annotatedAt;
    case "expectedDice":
      // Ascending, the worst come first; what is decided needs no look.
      return frame.proposal?.state === "pending" ? frame.proposal.expectedDice : null;
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
