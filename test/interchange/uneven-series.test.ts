/** @file Series that are no box of voxels: missing slices, uneven steps, a tilted gantry, the other order, oblong pixels. */
import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import * as nifti from "nifti-reader-js";
import { expect, it } from "vitest";
import { exportFiles, type ImportFile } from "../../src-main/interchange/index.ts";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { temporaryFolder } from "../project/fixture.ts";
import { importInto, mapsOf, memoryFile, poolOfFile, projectWith } from "./fixture.ts";

const pool = poolOfFile();

/** 3 x 2 pixels of 0.5 x 2 mm; slices at these places, instance numbers the other way round. */
function series(places: readonly (readonly [x: number, y: number, z: number])[]): ImportFile[] {
  return places.map((place, index) =>
    memoryFile(
      `s${index}.dcm`,
      writeTestDicom([
        [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2\0"],
        [0x00080018, "UI", `1.2.3.100.${index + 1}`],
        [0x00080060, "CS", "CT"],
        [0x00100020, "LO", "p"],
        [0x0020000d, "UI", "1.2.3.1"],
        [0x0020000e, "UI", "1.2.3.100"],
        [0x00200013, "IS", String(places.length - index)],
        [0x00200032, "DS", place.join("\\")],
        [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
        [0x00200052, "UI", "1.2.3.2"],
        [0x00280030, "DS", "2\\0.5"],
        [0x00280010, "US", 2],
        [0x00280011, "US", 3],
        [0x7fe00010, "OB", Uint8Array.of(index, 1, 2, 3, 4, 5)],
      ]),
    ),
  );
}

async function drawn(places: Parameters<typeof series>[0]) {
  const project = projectWith("a", "b");
  await importInto(project, pool(), { items: series(places) });
  for (const { frameId, name } of project.images.frames()) {
    const map = createLabelMap(3, 2);
    map.data[Number(name[1])] = 1 + (Number(name[1]) % 2);
    project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
  }
  const dir = temporaryFolder();
  const { files } = await exportFiles({ project, pool: pool(), format: "nifti", dir });
  const volumes = files
    .filter((name) => name.endsWith(".gz"))
    .map((name) => {
      const bytes = new Uint8Array(gunzipSync(fs.readFileSync(path.join(dir, name))));
      const { dims, affine } = nifti.readHeader(bytes.buffer)!;
      return { depth: dims[3], affine: affine.slice(0, 3) };
    });
  return { project, dir, volumes, card: fs.readFileSync(path.join(dir, "README.md"), "utf8") };
}

it("a missing slice cuts the volume in two, the card says so, and all comes back", async () => {
  const places = [0, 3, 6, 12, 15].map((z) => [1, 2, z] as const);
  const { project, dir, volumes, card } = await drawn(places);
  expect(volumes.map(({ depth }) => depth)).toEqual([3, 2]);
  expect(volumes.map(({ affine }) => affine[2]![3])).toEqual([0, 12]);
  expect(card).toMatch(/Slices of one series are missing.* they are in 2 files, /);
  const other = projectWith("a", "b");
  await importInto(other, pool(), { items: series(places) });
  const { listImportFiles } = await import("../../src-main/interchange/index.ts");
  const report = await importInto(other, pool(), { masks: (await listImportFiles([dir])).items });
  expect(report).toMatchObject({ masks: 5, refused: [] });
  expect(mapsOf(other)).toEqual(mapsOf(project));
});

it("an even series needs no word, whatever its instance numbers say", async () => {
  const { volumes, card } = await drawn([9, 6, 3, 0].map((z) => [1, 2, z] as const));
  expect(volumes).toHaveLength(1);
  expect(card).not.toContain("Slices of one series");
  // Columns of 0.5 mm to the left, rows of 2 mm to the back: NIfTI counts the other way.
  expect(volumes[0]!.affine).toEqual([
    [-0.5, 0, 0, -1],
    [0, -2, 0, -2],
    [0, 0, 3, 0],
  ]);
});

it("of a tilted gantry slices are shifted as they lie, in a sheared volume", async () => {
  const { volumes } = await drawn([0, 1, 2].map((slice) => [1, 2 + 0.75 * slice, 3 * slice] as const));
  expect(volumes).toHaveLength(1);
  expect(volumes[0]!.affine.map((row) => row[2])).toEqual([0, -0.75, 3]);
});
