/**
 * @file Which window a person chose, apart from the frame that it is applied to: a choice lasts while one pages through a series,
 * where each slice may have windows of its own.
 */
import type { KeptWindow } from "../../src-main/api/contract.ts";
import {
  type DisplayWindow,
  type Frame,
  fullRangeWindow,
  linearWindow,
  opensWithFullRange,
  percentileWindow,
  suggestWindow,
  type WindowPreset,
} from "../../src-main/voxels/index.ts";

export type WindowChoice =
  /** What the frame opens with. */
  | { kind: "opening" }
  /** The one of the file at that place in `fileWindows`. */
  | { kind: "file"; index: number }
  | { kind: "auto" }
  | { kind: "full" }
  /** Set by hand, or a usual one of the modality. */
  | { kind: "own"; window: DisplayWindow };

/** The windows that the file proposes. */
export function fileWindows(frame: Frame): readonly WindowPreset[] {
  return frame.windows ?? (frame.window === null ? [] : [frame.window]);
}

/** The choice for this frame; where its file has no such window, what it opens with. */
export function chosenWindow(choice: WindowChoice, frame: Frame): DisplayWindow {
  switch (choice.kind) {
    case "opening":
      return suggestWindow(frame);
    case "file":
      return fileWindows(frame)[choice.index] ?? suggestWindow(frame);
    case "auto":
      return percentileWindow(frame);
    case "full":
      return fullRangeWindow(frame);
    case "own":
      return choice.window;
  }
}

/** Whether a window set for one of the frames means the same for the other: values without a unit differ from case to case. */
export function isAlike(one: Frame, other: Frame, isSameCase: boolean): boolean {
  return (
    (isSameCase || (one.unit !== undefined && one.unit === other.unit)) &&
    one.width === other.width &&
    one.height === other.height &&
    one.channels === other.channels &&
    one.sampleType === other.sampleType &&
    one.photometric === other.photometric &&
    one.unit === other.unit
  );
}

/** Usual windows of a modality, in HU: the ones that radiologists know by name. */
export interface UsualWindow {
  id: "brain" | "subdural" | "stroke" | "lung" | "mediastinum" | "abdomen" | "liver" | "bone" | "angiography";
  center: number;
  width: number;
}

const computedTomography: readonly UsualWindow[] = [
  { id: "brain", center: 40, width: 80 },
  { id: "stroke", center: 40, width: 40 },
  { id: "subdural", center: 75, width: 215 },
  { id: "lung", center: -600, width: 1500 },
  { id: "mediastinum", center: 40, width: 400 },
  { id: "abdomen", center: 50, width: 350 },
  { id: "liver", center: 80, width: 150 },
  { id: "bone", center: 400, width: 1800 },
  { id: "angiography", center: 300, width: 600 },
];

/** Those that fit the values of the frame: only Hounsfield units mean the same in every file. */
export function usualWindows(frame: Frame): readonly UsualWindow[] {
  return frame.unit === "HU" && frame.channels === 1 ? computedTomography : [];
}

/** One entry of the menu of windows. */
export type WindowOption =
  | { key: string; kind: "file"; index: number; preset: WindowPreset }
  | { key: string; kind: "kept"; kept: KeptWindow }
  | { key: string; kind: "usual"; usual: UsualWindow }
  | { key: string; kind: "auto" }
  | { key: string; kind: "full" };

/** The menu: the file's own, those kept in the project for such images, the usual ones, those found from the pixels. */
export function windowOptions(frame: Frame, kept: readonly KeptWindow[] = []): WindowOption[] {
  return [
    ...fileWindows(frame).map((preset, index): WindowOption => ({ key: `file ${index}`, kind: "file", index, preset })),
    ...kept.map((each): WindowOption => ({ key: `kept ${each.windowId}`, kind: "kept", kept: each })),
    ...usualWindows(frame).map((usual): WindowOption => ({ key: `usual ${usual.id}`, kind: "usual", usual })),
    { key: "auto", kind: "auto" },
    { key: "full", kind: "full" },
  ];
}

/** What choosing an entry means. */
export function choiceOf(option: WindowOption): WindowChoice {
  if (option.kind === "file") return { kind: "file", index: option.index };
  if (option.kind === "kept") {
    const { center, width, function: kind } = option.kept;
    return { kind: "own", window: { center, width, function: kind } };
  }
  if (option.kind !== "usual") return { kind: option.kind };
  const { center, width } = option.usual;
  return { kind: "own", window: { center, width } };
}

/** Key of the entry that shows what `window` does; null when it was set by hand. */
export function currentOption(choice: WindowChoice, frame: Frame, kept: readonly KeptWindow[] = []): string | null {
  if (choice.kind === "auto" || choice.kind === "full") return choice.kind;
  const window = chosenWindow(choice, frame);
  const isSame = (other: DisplayWindow): boolean => {
    if ("table" in window || "table" in other) {
      return "table" in window && "table" in other && window.table === other.table;
    }
    return (
      window.center === other.center &&
      window.width === other.width &&
      (window.function ?? "LINEAR") === (other.function ?? "LINEAR")
    );
  };
  if (choice.kind === "file" && fileWindows(frame)[choice.index] !== undefined) return `file ${choice.index}`;
  const own = fileWindows(frame).findIndex(isSame);
  if (own >= 0) return `file ${own}`;
  const named = kept.find(({ center, width, function: kind }) => isSame({ center, width, function: kind }));
  if (named !== undefined) return `kept ${named.windowId}`;
  const usual = usualWindows(frame).find(isSame);
  if (usual !== undefined) return `usual ${usual.id}`;
  if (choice.kind !== "opening") return null;
  return opensWithFullRange(frame) ? "full" : "auto";
}

/** `window` with another center or width; null where the numbers make no window. A table gives way to a linear one. */
export function withNumbers(window: DisplayWindow, change: { center?: number; width?: number }): DisplayWindow | null {
  const changed = { ...linearWindow(window), ...change };
  const least = (changed.function ?? "LINEAR") === "LINEAR" ? 1 : Number.MIN_VALUE;
  return Number.isFinite(changed.center) && Number.isFinite(changed.width) && changed.width >= least ? changed : null;
}
