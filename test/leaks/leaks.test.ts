/**
 * @file No identity leaks: a marked patient is imported by the real way, exported in every format, handed to a run; then every
 * byte that was written is searched.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { ExportFormat } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { snapshotPath } from "../../src-main/project/snapshot.ts";
import { writeRunData } from "../../src-main/runs/run-data.ts";
import { openSession, type OpenSession } from "../api/fixture.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { markedDicom, markedJpeg, markedNifti, markedNrrd, markedPng, marks } from "./marked-patient.ts";

const name = "Zq7Marking^Jane";
const formats: ExportFormat[] = ["png", "coco", "nifti", "dicom-seg", "nnunet", "yolo", "csv"];

/** Marks in the bytes, in Latin letters of any case or in UTF-16. */
function found(bytes: Buffer): string[] {
  const folded = Buffer.from(bytes.toString("latin1").toLowerCase(), "latin1");
  return marks
    .filter((mark) => {
      const lower = mark.toString("latin1").toLowerCase();
      return (
        bytes.includes(mark) || folded.includes(Buffer.from(lower, "latin1")) || folded.includes(lower, 0, "utf16le")
      );
    })
    .map((mark) => mark.toString("latin1"));
}

/** Every file below, with the marks in its name or bytes. */
function searched(folder: string): [file: string, marks: string[]][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file): [string, string[]] => [
      file,
      [...found(readFileSync(file)), ...found(Buffer.from(file.slice(folder.length)))],
    ])
    .filter(([, marksFound]) => marksFound.length > 0);
}

/** A folder named after the patient: six images, two masks, and one file that is refused. */
async function writePatient(folder: string): Promise<{ images: string; masks: string }> {
  const images = join(folder, "images", name);
  const masks = join(folder, "masks");
  for (const each of [images, masks]) mkdirSync(each, { recursive: true });
  const size = { width: 16, height: 12 };
  writeFileSync(join(images, `${name} scan.dcm`), markedDicom(40, "1.2.840.10008.5.1.4.1.1.7\0"));
  writeFileSync(join(images, `${name} 19470713.dcm`), markedDicom(90));
  writeFileSync(join(images, `${name}.png`), markedPng(50, size));
  writeFileSync(join(images, `${name} photo.jpg`), await markedJpeg(60));
  writeFileSync(join(images, `${name} volume.nii`), markedNifti(70));
  writeFileSync(join(images, `${name} volume.nrrd`), markedNrrd(80));
  writeFileSync(join(images, `${name} broken.png`), markedPng(50, size).subarray(0, 40));
  const mask = (width: number, height: number) =>
    writeSamplesPng(new Uint8Array(width * height).fill(255, 3, 9), { width, height });
  writeFileSync(join(masks, `${name} scan.png`), mask(4, 3));
  writeFileSync(join(masks, `${name}_mask.png`), mask(16, 12));
  return { images: join(folder, "images"), masks };
}

async function importPatient(open: OpenSession, deidentify: boolean | { cleanDescriptors: boolean }): Promise<string> {
  const path = join(open.folder, "kept", "study.aliquot");
  mkdirSync(join(open.folder, "kept"), { recursive: true });
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const { images, masks } = await writePatient(join(open.folder, "source"));
  const json = { paths: [images], masks, deidentify };
  const { importId } = await read(open.client.imports.folder.$post({ json }));
  const report = await open.session.open.importJob(importId).ended;
  expect(report).toMatchObject({ imported: 6, masks: 2, unmatchedMasks: [] });
  expect(report.refused.map(({ problem }) => problem.code)).toEqual(["corrupt-file"]);
  if (deidentify !== false) {
    expect(report.deidentification).toMatchObject({ renamedFiles: 6 });
    expect(found(Buffer.from(JSON.stringify(report.deidentification)))).toEqual([]);
  }
  return path;
}

test.each([true, { cleanDescriptors: true }])(
  "no mark is left anywhere: project, log, snapshot, exports, run data (de-identification %j)",
  async (deidentify) => {
    const log = (["log", "info", "warn", "error", "debug"] as const).map((level) => vi.spyOn(console, level));
    const open = openSession();
    const kept = join(open.folder, "kept");
    const path = await importPatient(open, deidentify);
    // Unmixed with pages that were freed: as it lies on the disk while the app runs, write-ahead log included.
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(searched(kept)).toEqual([]);

    for (const format of formats) {
      const dir = join(kept, "exports", format);
      const report = await read(open.client.exports.$post({ json: { format, dir } }));
      expect(report.files.length).toBeGreaterThan(0);
    }
    const { project } = open.session.open;
    project.cases.assignSplits(new Map(project.cases.list().map(({ caseId }) => [caseId, "train" as const])));
    const runId = project.runs.create({
      ...{ kind: "train", method: "segment", settings: {}, seed: 1, device: "cpu", steps: 1 },
      snapshot: {
        frames: project.images.frames().map(({ frameId, imageId, caseId, split, annotation }) => ({
          ...{ frameId, imageId, caseId, split },
          revisionId: annotation === null ? null : project.annotations.head(frameId),
        })),
        classes: project.classes.list(),
        fromModel: null,
      },
    });
    await writeRunData(project, runId, join(kept, "run.safetensors"));
    // A session that opens it again takes a snapshot.
    await open.client.project.close.$post();
    await read(open.client.project.open.$post({ json: { path } }));
    expect(await open.session.open.project.snapshot).toEqual({ state: "taken" });
    expect(existsSync(snapshotPath(path, 1))).toBe(true);

    expect(searched(kept)).toEqual([]);
    expect(searched(join(open.folder, "config"))).toEqual([]);
    expect(found(Buffer.from(JSON.stringify(await read(open.client.frames.$get()))))).toEqual([]);
    const said = log.flatMap((spy) => spy.mock.calls.flat().map(String)).join("\n");
    expect(found(Buffer.from(said))).toEqual([]);
  },
);

test("the search finds marks where they are: a project that keeps headers has them", async () => {
  const open = openSession();
  await importPatient(open, false);
  const [files] = [searched(join(open.folder, "kept")).flatMap(([, marksFound]) => marksFound)];
  expect(new Set(files).size).toBe(marks.length);
});
