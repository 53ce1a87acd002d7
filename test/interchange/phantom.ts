/**
 * @file A phantom: a series of small DICOM slices in any orientation, with label maps that have no symmetry.
 */
import { importImages } from "../../src-main/interchange/index.ts";
import type { DecodePool } from "../../src-main/imaging/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, encodeLabelMap, type LabelMap, type Point3 } from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";

export const size = { width: 7, height: 5 };
export const SLICES = 4;
export const spacing = { x: 0.75, y: 1.25, z: 2.5 };

/** Direction of columns and of rows. */
export type Orientation = readonly [Point3, Point3];

const point = (x: number, y: number, z: number): Point3 => ({ x, y, z });

/** Axial, coronal and sagittal, each both ways; and one that is oblique. */
export const orientations: Record<string, Orientation> = {
  axial: [point(1, 0, 0), point(0, 1, 0)],
  "axial, feet up": [point(-1, 0, 0), point(0, 1, 0)],
  coronal: [point(1, 0, 0), point(0, 0, -1)],
  "coronal, from behind": [point(-1, 0, 0), point(0, 0, -1)],
  sagittal: [point(0, 1, 0), point(0, 0, -1)],
  "sagittal, mirrored": [point(0, -1, 0), point(0, 0, 1)],
  oblique: [point(0.8, 0.6, 0), point(-0.48, 0.64, -0.6)],
};

export const origin = point(-31.5, 12.25, 100.125);

const cross = (a: Point3, b: Point3): Point3 =>
  point(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);

/** Center of a pixel in the patient, from the definition in PS3.3 C.7.6.2.1.1. */
export function worldOf([along, down]: Orientation, column: number, row: number, slice: number): Point3 {
  const normal = cross(along, down);
  const axis = (name: "x" | "y" | "z"): number =>
    origin[name] + column * spacing.x * along[name] + row * spacing.y * down[name] + slice * spacing.z * normal[name];
  return point(axis("x"), axis("y"), axis("z"));
}

/** Files of one series; slices in an order that is not theirs in space. */
export function phantomFiles(
  orientation: Orientation,
  { patient = "p", series = "1.2.3.100" }: { patient?: string; series?: string } = {},
): { name: string; read: () => Promise<Uint8Array> }[] {
  const [along, down] = orientation;
  return [2, 0, 3, 1].map((slice) => {
    const { x, y, z } = worldOf(orientation, 0, 0, slice);
    const text = (value: number): string => String(Number(value.toFixed(6)));
    const bytes = writeTestDicom([
      [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2\0"],
      [0x00080018, "UI", `${series}.${slice + 1}`],
      [0x00080060, "CS", "CT"],
      [0x00100020, "LO", patient],
      [0x0020000d, "UI", "1.2.3.1"],
      [0x0020000e, "UI", series],
      [0x00200052, "UI", "1.2.3.2"],
      [0x00180050, "DS", String(spacing.z)],
      [0x00200032, "DS", [x, y, z].map(text).join("\\")],
      [
        0x00200037,
        "DS",
        [along, down]
          .flatMap((each) => [each.x, each.y, each.z])
          .map(text)
          .join("\\"),
      ],
      [0x00280030, "DS", `${spacing.y}\\${spacing.x}`],
      [0x00280010, "US", size.height],
      [0x00280011, "US", size.width],
      [0x7fe00010, "OB", Uint8Array.from({ length: 36 }, (_, index) => (index < 35 ? index + slice : 0))],
    ]);
    return { name: `slice${slice}.dcm`, read: () => Promise.resolve(new Uint8Array(bytes)) };
  });
}

/** Label map of a slice: classes 1 and 2 at random, the last slice empty. */
export function phantomMap(slice: number, { width, height } = size): LabelMap {
  const map = createLabelMap(width, height);
  if (slice === SLICES - 1) return map;
  const random = new Random(slice, "phantom");
  map.data.forEach((_, index) => (map.data[index] = random.integer(3)));
  return map;
}

/** Imports the phantom; returns frame ids by slice. */
export async function importPhantom(
  project: Project,
  pool: DecodePool,
  orientation: Orientation,
  ids: { patient?: string; series?: string } = {},
): Promise<number[]> {
  const before = new Set(project.images.frames().map(({ frameId }) => frameId));
  const report = await importImages({
    project,
    pool,
    items: phantomFiles(orientation, ids),
    patient: { kind: "auto" },
  });
  if (report.refused.length > 0) throw new Error(JSON.stringify(report.refused));
  const added = project.images.frames().filter(({ frameId }) => !before.has(frameId));
  return Array.from({ length: SLICES }, (_, slice) => added.find(({ name }) => name === `slice${slice}.dcm`)!.frameId);
}

export function draw(project: Project, frames: readonly number[]): void {
  frames.forEach((frameId, slice) => {
    project.annotations.write(frameId, encodeLabelMap(phantomMap(slice)), { origin: "drawn" });
  });
}
