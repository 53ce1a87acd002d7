/** @file Runs on volumes: what a project holds of them, and whole series where some of their slices are asked for. */
import type { ModelRow } from "../api/contract.ts";
import { groupVolumes, volumeSpacing } from "../dataset/index.ts";
import type { VolumeFacts } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, Project } from "../project/index.ts";

type SnapshotFrame = DataSnapshot["frames"][number];
type ListedFrame = ReturnType<Project["images"]["frames"]>[number];

/** Whether a model reads series as volumes. */
export function isOfVolumes(project: Project, { runId }: ModelRow): boolean {
  return project.runs.row(runId).settings["dimensions"] === "3";
}

/** Counts series that a training would see. Reads what is known of each slice, no pixels. */
export function volumeFacts(
  project: Project,
  { labelled, validated, unlabelled }: Record<"labelled" | "validated" | "unlabelled", readonly SnapshotFrame[]>,
): VolumeFacts {
  const places = project.slices.volumes();
  const seen = [
    ...labelled.map(({ frameId }) => ({ frameId, role: "train", hasLabelMap: true }) as const),
    ...validated.map(({ frameId }) => ({ frameId, role: "validate", hasLabelMap: true }) as const),
    ...unlabelled.map(({ frameId }) => ({ frameId, role: "unlabelled", hasLabelMap: false }) as const),
  ].map((frame) => ({ ...frame, volume: places.get(frame.frameId) }));
  const { volumes, leftOut } = groupVolumes(seen);
  const count = (wanted: string): number => volumes.filter(({ role }) => role === wanted).length;
  const lengths = volumes.map(({ frameIds }) => frameIds.length);
  const place = new Map(project.images.frames().map(({ frameId }, index) => [frameId, index]));
  const distances: number[] = [];
  const broken = volumes.flatMap(({ frameIds }) => {
    const ordered = frameIds.toSorted((a, b) => place.get(a)! - place.get(b)!);
    const slices = ordered.map((frameId) => project.images.frame(frameId));
    const spaced = volumeSpacing(slices.map(({ metadata }) => metadata));
    if (spaced.kind === "volume" && spaced.spacing !== null) distances.push(spaced.spacing[0]);
    return spaced.kind === "volume" ? [] : [{ name: slices[0]!.row.name, reason: spaced.reason }];
  });
  return {
    labelled: count("train"),
    validated: count("validate"),
    unlabelled: count("unlabelled"),
    leftOut,
    longest: Math.max(0, ...lengths),
    apart: distances.length === 0 ? null : { least: Math.min(...distances), most: Math.max(...distances) },
    broken,
  };
}

/**
 * All slices of the series of which some are `wanted`, in their order. `toldOf`: what stands in the snapshot of a slice that the run tells
 * something of; null: it is there for the volume to be whole. Throws `Problem` "not-enough-data" where none stands in a series.
 */
export function wholeVolumes(
  project: Project,
  wanted: readonly { frameId: number }[],
  toldOf: (frame: ListedFrame) => Pick<SnapshotFrame, "revisionId"> | null,
): SnapshotFrame[] {
  const places = project.slices.volumes();
  const ids = new Set(wanted.flatMap(({ frameId }) => places.get(frameId)?.id ?? []));
  const frames = project.images.frames().filter(({ frameId }) => ids.has(places.get(frameId)?.id ?? NaN));
  if (frames.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "There is no series: this model reads volumes.",
      detail: `${wanted.length} images are there, none of them a slice among others of its size.`,
      hint: "Choose a model of single images (dimensions 2), or import whole series.",
    });
  }
  return frames.map((frame): SnapshotFrame => {
    const { frameId, imageId, caseId, split } = frame;
    const told = toldOf(frame);
    const seen = { frameId, imageId, caseId, split };
    return told === null ? { ...seen, revisionId: null, isContext: true } : { ...seen, revisionId: told.revisionId };
  });
}

/**
 * Of frames with known truth those that make up whole series, series after series of different cases, until there are about so many
 * slices; the first one is never left out.
 */
export function labelledVolumes(project: Project, known: readonly SnapshotFrame[], most: number): SnapshotFrame[] {
  const places = project.slices.volumes();
  const order = new Map(project.images.frames().map(({ frameId }, index) => [frameId, index]));
  const series = new Map<number, SnapshotFrame[]>();
  for (const frame of known) {
    const place = places.get(frame.frameId);
    if (place !== undefined) series.set(place.id, [...(series.get(place.id) ?? []), frame]);
  }
  const whole = [...series.values()].filter((slices) => slices.length === places.get(slices[0]!.frameId)!.slices);
  const cases = new Map<number, number>();
  // The first series of every case, then the second, and so on.
  const rounds = whole.map((slices) => {
    const { caseId } = slices[0]!;
    const round = cases.get(caseId) ?? 0;
    cases.set(caseId, round + 1);
    return { round, slices };
  });
  const chosen: SnapshotFrame[] = [];
  for (const { slices } of rounds.toSorted((a, b) => a.round - b.round)) {
    if (chosen.length > 0 && chosen.length + slices.length > most) continue;
    chosen.push(...slices.toSorted((a, b) => order.get(a.frameId)! - order.get(b.frameId)!));
  }
  return chosen;
}
