import { expect, it } from "vitest";
import { inspectSource } from "../../src-main/imaging/index.ts";
import { type FrameGeometry, sortSeries } from "../../src-main/voxels/index.ts";
import { type Attribute, writeTestDicom } from "./dicom-writer.ts";

it("a DICOM frame knows its place in the patient; its instance is known by stored and by original UIDs", async () => {
  const plane: Attribute[] = [
    [0x0020000e, "UI", "1.2.3.9"],
    [0x00200032, "DS", "-10\\20.5\\30"],
    [0x00200037, "DS", "0\\1\\0\\0\\0\\-1"],
    [0x00180050, "DS", "2.5"],
  ];
  const { frames, instance } = await inspectSource(writeTestDicom(plane), { fileName: "a.dcm" });
  expect(frames[0]!.geometry).toEqual({
    origin: { x: -10, y: 20.5, z: 30 },
    columnDirection: { x: 0, y: 1, z: 0 },
    rowDirection: { x: 0, y: 0, z: -1 },
    sliceStep: { x: -2.5, y: 0, z: 0 },
  });
  expect(instance!.original).toMatchObject({ sopInstanceUid: "1.2.3.4", seriesUid: "1.2.3.9", studyUid: null });
  expect(instance!.stored.sopInstanceUid).toMatch(/^2\.25\.\d+$/);
  for (const broken of ["1\\0\\0\\1\\0\\0", "3\\0\\0\\0\\1\\0", "1\\0\\0"]) {
    const other = await inspectSource(writeTestDicom([...plane, [0x00200037, "DS", broken]]), { fileName: "a.dcm" });
    expect(other.frames[0]!.geometry).toBeUndefined();
  }
});

it("a series is sorted along the normal of its slices, else by number", () => {
  const at = (z: number, number: number, tilt = 0): { geometry: FrameGeometry; number: number } => ({
    number,
    geometry: {
      origin: { x: 5, y: 7, z },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: Math.cos(tilt), z: Math.sin(tilt) },
      sliceStep: null,
    },
  });
  const numbers = (members: { number: number | null }[]) => sortSeries(members).map(({ number }) => number);
  expect(numbers([at(10, 1), at(-5, 2), at(2.5, 3), at(-5, 1)])).toEqual([1, 2, 3, 1]);
  expect(numbers([at(10, 3), at(-5, 2), at(2.5, 1, 0.5)])).toEqual([1, 2, 3]); // not parallel
  expect(numbers([{ number: 2 }, { number: null }, { number: 1 }])).toEqual([1, 2, null]);
});
