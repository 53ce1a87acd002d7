/** @file Which images are of which of two modalities, and which belong together: from what is known of them, without their pixels. */
import type { Modalities, PairingRequest, PairingRule } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { cross, dot, type Grid, placeRelation } from "../voxels/index.ts";

/** What is known of a frame. */
export interface PairableFrame {
  frameId: number;
  imageId: number;
  caseId: number;
  /** Without folder and number of the frame. */
  fileName: string;
  modality: string | null;
  seriesDescription: string | null;
  /** Its series, or the file of several frames; null: an image by itself. */
  volumeId: number | null;
  grid: Grid;
}

export interface FoundPairs {
  rule: PairingRule;
  kind: Modalities["kind"];
  /** In the order of the sources; those without counterpart have null, then targets without. */
  frames: { source: number | null; target: number | null }[];
  /** Pairs of slices that were matched by their share of the series, for there are more of one than of the other. */
  byShare: number;
}

type Side = "from" | "to";

/** Slices that lie nearer in mm, or in shares of the distance of slices, are of one place. */
const SAME_PLACE = 0.25;
/** Of the distance of slices: by so much files round places. */
const NEXT_TO = 0.05;

/** Images of one series in their order, or one image; `key` tells which belong together within a patient. */
interface Unit {
  caseId: number;
  key: string;
  frames: PairableFrame[];
}

/** Throws `Problem` where a modality has no image, an image is of both, or nothing belongs together. */
export function pairImages(frames: readonly PairableFrame[], request: PairingRequest): FoundPairs {
  const rule = ruleOf(frames, request);
  const [sources, targets] = [unitsOf(frames, rule, "from"), unitsOf(frames, rule, "to")];
  checkSides(frames, rule, sources, targets);
  const ids = (units: readonly Unit[]): number[] => units.flatMap((unit) => unit.frames.map(({ frameId }) => frameId));
  if (request.kind === "unpaired") {
    const alone = [
      ...ids(sources).map((source) => ({ source, target: null })),
      ...ids(targets).map((target) => ({ source: null, target })),
    ];
    return { rule, kind: "unpaired", frames: alone, byShare: 0 };
  }
  const named = sources.map((source) => ({ source, counterpart: counterpartOf(source, sources, targets) }));
  const pairs = named.flatMap(({ source, counterpart }) => pairsOf(source, counterpart));
  const paired = pairs.filter(({ target }) => target !== null);
  if (paired.length === 0) {
    const isNamed = named.some(({ counterpart }) => counterpart !== null);
    throw nothingPaired(rule, ids(sources).length, ids(targets).length, isNamed);
  }
  const taken = new Set(paired.map(({ target }) => target!.frameId));
  const left = ids(targets).filter((frameId) => !taken.has(frameId));
  return {
    rule,
    kind: request.kind ?? (paired.every(({ isExact }) => isExact) ? "paired" : "loose"),
    frames: [
      ...pairs.map(({ source, target }) => ({ source: source.frameId, target: target?.frameId ?? null })),
      ...left.map((target) => ({ source: null, target })),
    ],
    byShare: paired.filter(({ isByShare }) => isByShare).length,
  };
}

/** Frames that are of one side of a rule: of images too that came after it. */
export function framesOfSide(
  frames: readonly PairableFrame[],
  rule: PairingRule,
  side: "source" | "target",
): PairableFrame[] {
  return unitsOf(frames, rule, side === "source" ? "from" : "to").flatMap((unit) => unit.frames);
}

/** Sources and their targets by a rule: of images too that came after it. */
export function counterpartsBy(frames: readonly PairableFrame[], rule: PairingRule): Map<number, number> {
  const [sources, targets] = [unitsOf(frames, rule, "from"), unitsOf(frames, rule, "to")];
  const pairs = sources.flatMap((source) => pairsOf(source, counterpartOf(source, sources, targets)));
  return new Map(
    pairs.flatMap(({ source, target }) => (target === null ? [] : [[source.frameId, target.frameId] as const])),
  );
}

function ruleOf(frames: readonly PairableFrame[], { from, to, by = "auto", table }: PairingRequest): PairingRule {
  if (from.toLowerCase() === to.toLowerCase()) {
    throw new Problem({
      code: "bad-request",
      title: `Both modalities are called ${from}.`,
      hint: "Name two that differ, e.g. --from T1 --to T2.",
    });
  }
  if (by === "table") {
    if (table !== undefined && table.length > 0) return { by, from, to, table };
    throw new Problem({
      code: "bad-request",
      title: "The table of pairs is empty.",
      detail: "It has a line for each pair: the names of two files.",
      hint: "Give a table with a column for each modality.",
    });
  }
  if (by !== "auto") return { by, from, to };
  const isFound = (side: Side): boolean => unitsOf(frames, { by: "series", from, to }, side).length > 0;
  return { by: isFound("from") && isFound("to") ? "series" : "name", from, to };
}

function unitsOf(frames: readonly PairableFrame[], rule: PairingRule, side: Side): Unit[] {
  const keyOf = matcherOf(frames, rule, side);
  const units = new Map<string, Unit>();
  for (const frame of frames) {
    const key = keyOf(frame);
    if (key === null) continue;
    const id = frame.volumeId === null ? `frame ${frame.frameId}` : `volume ${frame.volumeId}`;
    const unit = units.get(id) ?? { caseId: frame.caseId, key, frames: [] };
    unit.frames.push(frame);
    units.set(id, unit);
  }
  return [...units.values()];
}

/** What a frame of this side is known by among those of its patient; null: it is not of this side. */
function matcherOf(
  frames: readonly PairableFrame[],
  rule: PairingRule,
  side: Side,
): (frame: PairableFrame) => string | null {
  const wanted = rule[side];
  switch (rule.by) {
    case "series": {
      const pattern = wholePattern(wanted);
      return ({ seriesDescription, modality, fileName }) => {
        const isOf = [seriesDescription, modality].some((text) => text !== null && pattern.test(text.trim()));
        return isOf ? stemOf(fileName) : null;
      };
    }
    case "name": {
      const pattern = wanted.includes("*") ? wholePattern(wanted) : partPattern(wanted);
      return ({ fileName }) => {
        const match = pattern.exec(wanted.includes("*") && wanted.includes(".") ? fileName : stemOf(fileName));
        return match === null ? null : match.slice(1).join("\n").toLowerCase();
      };
    }
    case "table": {
      const column = side === "from" ? 0 : 1;
      const lines = new Map(rule.table!.map((line, index) => [line[column].toLowerCase(), String(index)]));
      const named = (fileName: string): string | undefined =>
        lines.get(fileName.toLowerCase()) ?? lines.get(stemOf(fileName));
      // A file of a series stands for all of it.
      const ofVolume = new Map<number, string>();
      for (const { volumeId, fileName } of frames) {
        const line = named(fileName);
        if (volumeId !== null && line !== undefined) ofVolume.set(volumeId, line);
      }
      return ({ fileName, volumeId }) =>
        (volumeId === null ? named(fileName) : (ofVolume.get(volumeId) ?? named(fileName))) ?? null;
    }
  }
}

const stemOf = (fileName: string): string =>
  fileName
    .toLowerCase()
    .replace(/\.gz$/, "")
    .replace(/\.[a-z0-9]{2,5}$/, "");

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** All of a text, `*` for anything. */
const wholePattern = (text: string): RegExp => new RegExp(`^${text.split("*").map(escaped).join("(.*)")}$`, "i");

/** A part of a name between separators: what is around it tells which images belong together. */
const partPattern = (text: string): RegExp => new RegExp(`^(|.*[^a-z0-9])${escaped(text)}(|[^a-z0-9].*)$`, "i");

function checkSides(
  frames: readonly PairableFrame[],
  rule: PairingRule,
  sources: readonly Unit[],
  targets: readonly Unit[],
): void {
  const empty = sources.length === 0 ? rule.from : targets.length === 0 ? rule.to : null;
  if (empty !== null) {
    const series = [...new Set(frames.flatMap((frame) => frame.seriesDescription ?? frame.modality ?? []))];
    const some = [...new Set(frames.map(({ fileName }) => fileName))].slice(0, 3);
    throw new Problem({
      code: "not-found",
      title: `No image of the project is known as ${empty}.`,
      detail: `${series.length === 0 ? "No series says what it is." : `Series: ${series.slice(0, 10).join(", ")}.`} File names: ${some.join(", ") || "none"}.`,
      hint: "Name a series, a part of file names or a pattern like *_t1.png, or give a table of pairs. DICOM files come without description and name: import them with --clean-descriptors, or each series with --modality.",
    });
  }
  const first = new Set(sources.flatMap((unit) => unit.frames.map(({ frameId }) => frameId)));
  const both = targets.flatMap((unit) => unit.frames).find(({ frameId }) => first.has(frameId));
  if (both === undefined) return;
  throw new Problem({
    code: "bad-request",
    title: `${both.fileName} is both ${rule.from} and ${rule.to}.`,
    detail: "An image is of one modality.",
    hint: "Name the modalities more exactly.",
  });
}

/** `isNamed`: by their names some belong together, and by their places none of these. */
function nothingPaired({ by, from, to }: PairingRule, sources: number, targets: number, isNamed: boolean): Problem {
  const counts = `There are ${sources} images of ${from} and ${targets} of ${to}`;
  if (isNamed) {
    return new Problem({
      code: "not-enough-data",
      title: `No image of ${from} shows the place of an image of ${to} of the same patient.`,
      detail: `${counts}; by what their files say of places, they lie apart along the body, or show planes that cross.`,
      hint: "Check that the series are of one examination and region, or pair with kind unpaired.",
    });
  }
  return new Problem({
    code: "not-enough-data",
    title: `No image of ${from} has a counterpart of ${to} of the same patient.`,
    detail: `${counts}; by ${by === "table" ? "the table" : "their names"} none belong together.`,
    hint:
      by === "table"
        ? "Check the names in the table and which images are of one patient, or pair with kind unpaired."
        : "Check which images are of one patient, give a table of pairs, or pair with kind unpaired.",
  });
}

/** Of the same patient and name; else the only one there is where the source is the only one too. */
function counterpartOf(source: Unit, sources: readonly Unit[], targets: readonly Unit[]): Unit | null {
  const ofCase = targets.filter(({ caseId }) => caseId === source.caseId);
  const named = ofCase.filter(({ key }) => key === source.key);
  if (named.length > 0) return named.find(({ frames }) => frames.length === source.frames.length) ?? named[0]!;
  const isAlone = sources.filter(({ caseId }) => caseId === source.caseId).length === 1 && ofCase.length === 1;
  return isAlone ? ofCase[0]! : null;
}

interface Pair {
  source: PairableFrame;
  target: PairableFrame | null;
  /** At the same place. */
  isExact: boolean;
  isByShare: boolean;
}

function pairsOf({ frames }: Unit, counterpart: Unit | null): Pair[] {
  const others = counterpart?.frames ?? [];
  const places = others.length === 0 ? "crossing" : placeRelation(others[0]!.grid, frames[0]!.grid);
  if (places === "crossing") {
    return frames.map((source) => ({ source, target: null, isExact: false, isByShare: false }));
  }
  const isComparable = places === "comparable" && (frames.length > 1 || others.length > 1);
  const placed = isComparable ? placesAlong(frames[0]!.grid, others) : null;
  const own = isComparable ? placesAlong(frames[0]!.grid, frames) : null;
  if (placed !== null && own !== null) {
    const steps = [stepOf(placed), stepOf(own)].filter(Number.isFinite);
    const step = Math.min(...steps);
    // Farther than half a slice from the last one, nothing of the other series shows this place.
    const reach = steps[0]! / 2 + NEXT_TO * step;
    return frames.map((source, index) => {
      const distances = placed.map((place) => Math.abs(place - own[index]!));
      const nearest = distances.indexOf(Math.min(...distances));
      const isThere = distances[nearest]! <= reach;
      const isExact = isThere && distances[nearest]! <= SAME_PLACE * step;
      return { source, target: isThere ? others[nearest]! : null, isExact, isByShare: false };
    });
  }
  const isSameNumber = frames.length === others.length;
  const isKnownToDiffer = places === "apart" || places === "tilted";
  return frames.map((source, index) => {
    const at = isSameNumber
      ? index
      : Math.min(others.length - 1, Math.floor(((index + 0.5) * others.length) / frames.length));
    // Those whose places differ are told of by themselves.
    const isByShare = !isSameNumber && !isKnownToDiffer;
    return { source, target: others[at]!, isExact: isSameNumber && !isKnownToDiffer, isByShare };
  });
}

/** Places of slices along the normal of a plane, mm; null where one of them has none. */
function placesAlong({ geometry }: Grid, frames: readonly PairableFrame[]): number[] | null {
  if (geometry === undefined) return null;
  const normal = cross(geometry.columnDirection, geometry.rowDirection);
  const places = frames.flatMap(({ grid }) => (grid.geometry === undefined ? [] : dot(normal, grid.geometry.origin)));
  return places.length === frames.length ? places : null;
}

/** Median distance of neighbors, mm; of one slice alone: as far as one could be. */
function stepOf(places: readonly number[]): number {
  const steps = places
    .slice(1)
    .map((place, index) => Math.abs(place - places[index]!))
    .toSorted((a, b) => a - b);
  return steps[steps.length >> 1] ?? Infinity;
}
