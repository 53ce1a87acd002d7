/**
 * @file Which frames make one volume: frames of one file, or images of one DICOM series, in parallel planes at even steps. A picture
 * that is no slice of anything is a volume of one slice.
 */
import { addScaled, cross, dot, type FrameGeometry, type Point3, subtract } from "../voxels/index.ts";
import { safeName, UniqueNames } from "./export-names.ts";
import type { SetFrame } from "./export-set.ts";
import { partsOfFrameStem } from "./file-names.ts";

export interface Volume<Slice extends SetFrame = SetFrame> {
  /** Flat file name without ending, of its own among all volumes of the list. */
  name: string;
  slices: Slice[];
  /** Of the first slice, with the step to the next; null where the place in the patient is not known. */
  geometry: FrameGeometry | null;
}

/** Cosine of the largest angle between parallel planes: half a degree, what rounding in headers makes. */
const PARALLEL = Math.cos(Math.PI / 360);
/** Share of a step by which slices may be off, and of a pixel to the side. */
const EVEN = 0.02;

/** Every frame is in one volume. */
export function volumesOf<Slice extends SetFrame>(frames: readonly Slice[]): Volume<Slice>[] {
  const names = new UniqueNames();
  return stacksOf(frames).flatMap((stack) =>
    evenRuns(stack).map((slices) => {
      const [first] = slices as [Slice, ...Slice[]];
      const isSeries = slices.some(({ row }) => row.imageId !== first.row.imageId);
      const { frameCount, caseName } = first.row;
      const single = frameCount > 1 ? (partsOfFrameStem(first.name)?.stem ?? first.name) : first.name;
      return { name: names.take(isSeries ? safeName(caseName) : single), slices, geometry: geometryOf(slices) };
    }),
  );
}

/**
 * Frames of one file or series that lie in parallel planes and have one size, sorted along the normal. Frames without a place
 * keep the order of their file; single pictures without one are alone.
 */
export function stacksOf<Slice extends SetFrame>(frames: readonly Slice[]): Slice[][] {
  const groups = Map.groupBy(frames, ({ row, metadata: { instance, geometry, spacing } }) => {
    const isSlice = geometry !== undefined && spacing !== null;
    const series = row.frameCount > 1 || !isSlice ? null : (instance?.seriesUid ?? null);
    const owner = series === null ? `image ${row.imageId}` : `case ${row.caseId} series ${series}`;
    return `${owner} ${row.width}x${row.height} ${isSlice} ${spacing?.x} ${spacing?.y}`;
  });
  return [...groups.values()].flatMap((group) => {
    if (group[0]!.metadata.geometry === undefined) return [group];
    return parallelGroups(group).map((stack) => stack.sort((a, b) => depth(a, stack[0]!) - depth(b, stack[0]!)));
  });
}

function parallelGroups<Slice extends SetFrame>(frames: Slice[]): Slice[][] {
  const groups: Slice[][] = [];
  for (const frame of frames) {
    const { columnDirection, rowDirection } = frame.metadata.geometry!;
    const group = groups.find(([other]) => {
      const geometry = other!.metadata.geometry!;
      return (
        dot(geometry.columnDirection, columnDirection) > PARALLEL && dot(geometry.rowDirection, rowDirection) > PARALLEL
      );
    });
    if (group === undefined) groups.push([frame]);
    else group.push(frame);
  }
  return groups;
}

function normalOf({ columnDirection, rowDirection }: FrameGeometry): Point3 {
  return cross(columnDirection, rowDirection);
}

/** Along the normal of `reference`, mm. */
function depth(frame: SetFrame, reference: SetFrame): number {
  return dot(frame.metadata.geometry!.origin, normalOf(reference.metadata.geometry!));
}

/** Cuts a sorted stack where the step changes, and takes repeats of a position (times, echoes) apart. */
function evenRuns<Slice extends SetFrame>(stack: Slice[]): Slice[][] {
  if (stack[0]!.metadata.geometry === undefined || stack.length === 1) return [stack];
  const repeats: Slice[][] = [];
  let sameAs = -Infinity;
  let repeat = 0;
  for (const slice of stack) {
    const at = depth(slice, stack[0]!);
    repeat = at - sameAs < 1e-3 ? repeat + 1 : 0;
    if (repeat === 0) sameAs = at;
    (repeats[repeat] ??= []).push(slice);
  }
  return repeats.flatMap((slices) => {
    const runs: Slice[][] = [];
    for (const slice of slices) {
      const run = runs.at(-1);
      if (run === undefined || !continues(run, slice)) runs.push([slice]);
      else run.push(slice);
    }
    return runs;
  });
}

function continues(run: readonly SetFrame[], slice: SetFrame): boolean {
  if (run.length < 2) return true;
  const at = (frame: SetFrame): Point3 => frame.metadata.geometry!.origin;
  const step = subtract(at(run[1]!), at(run[0]!));
  const off = subtract(at(slice), addScaled(at(run[0]!), step, run.length));
  const { x, y } = run[0]!.metadata.spacing!;
  return Math.hypot(off.x, off.y, off.z) < EVEN * Math.max(Math.hypot(step.x, step.y, step.z), x, y);
}

function geometryOf(slices: readonly SetFrame[]): FrameGeometry | null {
  const { geometry, spacing } = slices[0]!.metadata;
  if (geometry === undefined || spacing === null) return null;
  const last = slices.at(-1)!.metadata.geometry!;
  if (slices.length === 1) return geometry;
  const whole = subtract(last.origin, geometry.origin);
  const count = slices.length - 1;
  return { ...geometry, sliceStep: { x: whole.x / count, y: whole.y / count, z: whole.z / count } };
}
