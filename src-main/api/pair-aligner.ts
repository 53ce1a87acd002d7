/**
 * @file Pairs being aligned: one job at a time, told how far it is, cancelled at will, ended with the project. It computes in slices of milliseconds between
 * which the app answers.
 */
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import {
  type Frame,
  intensityOf,
  onGridOf,
  type Plane,
  type PlanePair,
  type SeriesAlignment,
  seriesAlignmentSteps,
} from "../voxels/index.ts";
import type { AlignmentModel, AlignmentOutcome, AlignmentProgress, AlignmentRequest } from "./contract.ts";
import { progressOf } from "./progress.ts";

/** Slices of a series that are looked at, evenly over it: they move as one, and more tell no more. Along the slices each is looked at with many others. */
const SLICES = { plane: 12, along: 8 };
/** Farthest move along the slices, of a series that is long enough: of shorter ones a quarter of it. */
const REACH = 6;
/** Time for one go of computing: below what a person feels. */
const SLICE_MS = 12;

interface AlignerParts {
  project: Project;
  readFrame: (frameId: number, signal: AbortSignal) => Promise<Frame>;
  tell: (progress: AlignmentProgress) => void;
}

type Unit = ReturnType<Project["pairings"]["alignmentUnits"]>[number];
type HowToAlign = { model: AlignmentModel; alongSlices: boolean };

export class PairAligner {
  readonly #parts: AlignerParts;
  #underWay: { cancel: AbortController; ended: Promise<unknown> } | null = null;

  constructor(parts: AlignerParts) {
    this.#parts = parts;
  }

  /** Rejects with `Problem` "busy" while another one is under way. Cancelled, it answers with what was aligned by then, which stays. */
  async run(pairingId: number, { model, alongSlices = false, places }: AlignmentRequest): Promise<AlignmentOutcome> {
    const { pairings } = this.#parts.project;
    if (this.#underWay !== null) {
      throw new Problem({ code: "busy", title: "Pairs are being aligned.", hint: "Wait for it to end, or cancel it." });
    }
    pairings.row(pairingId); // throws "not-found"
    const units = pairings.alignmentUnits(pairingId, places);
    if (units.length === 0) {
      throw new Problem({
        code: "not-enough-data",
        title: "There is no pair to align.",
        detail: "An alignment takes two images of a patient; removed pairs are left out.",
        hint: "Choose pairs, or take removed ones back.",
      });
    }
    if (model === "none") return this.#takeOff(pairingId, units);
    const cancel = new AbortController();
    const outcome = this.#align(pairingId, units, { model, alongSlices }, cancel.signal);
    this.#underWay = { cancel, ended: outcome.catch(() => undefined) };
    try {
      return await outcome;
    } finally {
      this.#underWay = null;
    }
  }

  cancel(): void {
    this.#underWay?.cancel.abort();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#underWay?.ended;
  }

  #takeOff(pairingId: number, units: readonly Unit[]): AlignmentOutcome {
    const { pairings } = this.#parts.project;
    const places = units.flat().map(({ place }) => place);
    pairings.align(pairingId, places, null);
    return { pairing: pairings.get(pairingId), moved: 0, unmoved: places.length, empty: 0, slices: [] };
  }

  async #align(
    pairingId: number,
    units: readonly Unit[],
    how: HowToAlign,
    signal: AbortSignal,
  ): Promise<AlignmentOutcome> {
    const { project, tell } = this.#parts;
    const total = units.reduce((sum, unit) => sum + unit.length, 0);
    const onDone = progressOf((progress) => tell({ pairingId, ...progress }));
    const counts = { moved: 0, unmoved: 0, empty: 0 };
    const moves: number[] = [];
    let done = 0;
    let action: number | undefined;
    onDone(0, total);
    for (const unit of units) {
      const result = await this.#resultOf(unit, how, signal);
      if (signal.aborted) break;
      const places = unit.map(({ place }) => place);
      if (result === null) counts.empty += places.length;
      else {
        const { slices, ...found } = result;
        const isMoved = result.after > result.before;
        counts[isMoved ? "moved" : "unmoved"] += places.length;
        if (slices !== 0) moves.push(slices);
        const alignment = { model: how.model, ...found, ...(slices !== 0 && { slices }) };
        action = project.pairings.align(pairingId, places, alignment, action);
      }
      done += places.length;
      onDone(done, total);
    }
    return { pairing: project.pairings.get(pairingId), ...counts, slices: moves };
  }

  /** null: an image is of one value, or it was cancelled. */
  async #resultOf(
    unit: Unit,
    { model, alongSlices }: HowToAlign,
    signal: AbortSignal,
  ): Promise<SeriesAlignment | null> {
    const { reach, pairs: inside } = alongSlices ? withinReach(unit) : { reach: 0, pairs: unit };
    const looked = evenly(inside, SLICES[reach === 0 ? "plane" : "along"]);
    const planes: PlanePair[][] = Array.from({ length: 2 * reach + 1 }, () => []);
    let spacing: Frame["spacing"] = null;
    for (const { source, target, relation, series } of looked) {
      const reference = await this.#read(source, signal);
      if (reference === null) return null;
      spacing ??= reference.spacing;
      const own = planeOf(reference);
      for (const [index, pairs] of planes.entries()) {
        const other = reach === 0 ? target : series![series!.indexOf(target) + index - reach]!;
        const moving = await this.#read(other, signal);
        if (moving === null) return null;
        pairs.push({ reference: own, moving: planeOf(onGridOf(moving, reference, undefined, relation)) });
      }
    }
    const steps = seriesAlignmentSteps((slices) => planes[slices + reach]!, { reach, model, spacing });
    for (let since = performance.now(); !signal.aborted;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
    return null;
  }

  async #read(frameId: number, signal: AbortSignal): Promise<Frame | null> {
    if (signal.aborted) return null;
    try {
      return await this.#parts.readFrame(frameId, signal);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }
}

function planeOf(frame: Frame): Plane {
  const { width, height } = frame;
  const intensity = intensityOf(frame);
  return { width, height, data: Float32Array.from({ length: width * height }, (_, at) => intensity(at)) };
}

function evenly<Value>(values: readonly Value[], count: number): Value[] {
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)]!);
}

/** How far a series may be moved, 0 of images by themselves; and the pairs away from its ends, by which all moves are judged. */
function withinReach(unit: Unit): { reach: number; pairs: Unit } {
  const reach = Math.min(REACH, ...unit.map(({ series = [] }) => series.length >> 2));
  const pairs = unit.filter(({ target, series = [] }) => {
    const at = series.indexOf(target);
    return at >= reach && at < series.length - reach;
  });
  return reach === 0 || pairs.length === 0 ? { reach: 0, pairs: unit } : { reach, pairs };
}
