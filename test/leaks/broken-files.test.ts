/**
 * @file What is said of broken files holds nothing of their contents: every kind of marked file, damaged in many ways.
 */
import { expect, test } from "vitest";
import { createDecodePool, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import type { Problem } from "../../src-main/problem/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { entryOf } from "../api/fixture.ts";
import { mutations } from "../imaging/hostile.ts";
import { structured } from "../imaging/structured-mutants.ts";
import {
  markedBmp,
  markedCoco,
  markedDirectory,
  markedJpeg,
  markedNifti,
  markedNnunetDescription,
  markedNrrd,
  markedSegmentation,
  markedTable,
  markedTiff,
  markedWebp,
} from "./marked-files.ts";
import { markedDicom, markedPng } from "./marked-patient.ts";
import { found } from "./marks.ts";

const VARIANTS = 12;

test("no message, no cause and no stack tells what a broken file holds", { timeout: 60_000 }, async () => {
  const files: [fileName: string, bytes: Buffer, as?: "labels" | "directory"][] = [
    ["a.dcm", markedDicom(40, "1.2.840.10008.5.1.4.1.1.7\0")],
    ["a.png", markedPng(50, { width: 16, height: 12 })],
    ["a.jpg", await markedJpeg(60)],
    ["a.nii", markedNifti(70)],
    ["a.nii.gz", markedNifti(71, { isGzipped: true })],
    ["a.nrrd", markedNrrd(80)],
    ["a.tif", await markedTiff(100, "exif")],
    ["b.tif", await markedTiff(110, "tags")],
    ["a.bmp", markedBmp(120)],
    ["a.webp", await markedWebp(130, 1)],
    ["coco.json", markedCoco("a.png"), "labels"],
    ["dataset.json", markedNnunetDescription(), "labels"],
    ["labels.csv", markedTable("a.png"), "labels"],
    ["seg.dcm", markedSegmentation(), "labels"],
    ["labels.nii", markedNifti(1), "labels"],
    ["DICOMDIR", markedDirectory(), "directory"],
  ];
  const pool = createDecodePool({ spawn: () => forkDecodeProcess(entryOf("decode-process")) });
  let refused = 0;
  const leaks: string[] = [];
  const attempt = async (fileName: string, bytes: Buffer, as?: "labels" | "directory"): Promise<void> => {
    try {
      if (as === "labels") await pool.labels(bytes, { fileName });
      else if (as === "directory") await pool.directory(bytes, { fileName });
      else await pool.inspect(bytes, { fileName });
    } catch (error) {
      refused++;
      const { cause } = error as Problem;
      const said = JSON.stringify((error as Problem).toJSON()) + String((cause as Error | undefined)?.stack);
      leaks.push(...found(Buffer.from(said)).map((mark) => `${fileName} tells ${mark}: ${said}`));
    }
  };
  for (const [fileName, bytes, as] of files) {
    const lying = Array.from({ length: VARIANTS }, (_, index) =>
      structured(fileName, bytes, new Random("leak", index)),
    ).filter((each) => each !== null);
    const variants = [...mutations(bytes, VARIANTS, `leak ${fileName}`), ...lying];
    await Promise.all(variants.map((variant) => attempt(fileName, variant, as)));
    // Read as something else than it is.
    await attempt(fileName, bytes, as === "labels" ? "directory" : "labels");
    await attempt(`${fileName}.csv`, bytes, "labels");
    await attempt("a.json", Buffer.concat([Buffer.from("{"), bytes]), "labels");
  }
  await pool.close();
  expect(leaks).toEqual([]);
  expect(refused).toBeGreaterThan(200);
});
