/**
 * @file No identity leaks: a marked patient is imported by the real way, exported in every format, handed to a run; then every
 * byte that was written is searched.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { DeidentifyChoice, ExportFormat, ImportState } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { snapshotPath } from "../../src-main/project/snapshot.ts";
import { writeRunData } from "../../src-main/runs/run-data.ts";
import { openSession, type OpenSession } from "../api/fixture.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { addModel } from "../project/fixture.ts";
import { hidingJpegs, hidingPngs, hidingWebps } from "./hidden-bytes.ts";
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
import { found, marks } from "./marks.ts";

const name = "Zq7Marking^Jane";
const formats: ExportFormat[] = ["png", "coco", "nifti", "dicom-seg", "nnunet", "yolo", "csv", "onnx"];

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

/** A folder named after the patient: images of every format, masks and labels, a directory, and one file that is refused. */
async function writePatient(folder: string): Promise<{ images: string; masks: string; labels: string }> {
  const images = join(folder, "images", name);
  const masks = join(folder, "masks");
  const dataset = join(folder, "masks", `${name} set`);
  for (const each of [images, join(dataset, "labelsTr")]) mkdirSync(each, { recursive: true });
  const size = { width: 16, height: 12 };
  const image = (end: string, bytes: Buffer): void => writeFileSync(join(images, name + end), bytes);
  image(" scan.dcm", markedDicom(40, "1.2.840.10008.5.1.4.1.1.7\0"));
  image(" 19470713.dcm", markedDicom(91));
  image(".png", markedPng(50, size));
  image(" photo.jpg", await markedJpeg(60));
  image(" volume.nii", markedNifti(70));
  image(" packed.nii.gz", markedNifti(71, { isGzipped: true }));
  image(" volume.nrrd", markedNrrd(80));
  image(" 1.tif", await markedTiff(100, "exif"));
  image(" 2.tif", await markedTiff(110, "tags"));
  image(" 3.bmp", markedBmp(120));
  image(" 4.webp", await markedWebp(130, 1));
  image(" 5.webp", await markedWebp(140, 6));
  const hiding = [...(await hidingJpegs(150)), ...hidingPngs(160), ...(await hidingWebps(170))];
  for (const [index, { extension, bytes }] of hiding.entries()) image(` hiding ${index}.${extension}`, bytes);
  image(" broken.png", markedPng(50, size).subarray(0, 40));
  writeFileSync(join(images, "DICOMDIR"), markedDirectory());
  const mask = (width: number, height: number) =>
    writeSamplesPng(new Uint8Array(width * height).fill(255, 3, 9), { width, height });
  writeFileSync(join(masks, `${name} scan.png`), mask(4, 3));
  writeFileSync(join(masks, `${name}_mask.png`), mask(16, 12));
  writeFileSync(join(masks, `${name}.json`), markedCoco(`${name} photo.jpg`));
  writeFileSync(join(masks, `${name} seg.dcm`), markedSegmentation());
  writeFileSync(join(masks, `${name} packed.nii.gz`), markedNifti(1, { isGzipped: true }));
  writeFileSync(join(dataset, "dataset.json"), markedNnunetDescription());
  writeFileSync(join(dataset, "labelsTr", `${name}.nii.gz`), markedNifti(1, { isGzipped: true }));
  const labels = join(folder, `${name}.csv`);
  writeFileSync(labels, markedTable(`${name}.png`));
  return { images: join(folder, "images"), masks, labels };
}

/** 12, and one for each place where bytes can hide. */
const IMAGES = 12 + 19;

async function importPatient(
  open: OpenSession,
  deidentify: boolean | DeidentifyChoice,
): Promise<{ path: string; report: ImportState }> {
  const path = join(open.folder, "kept", "study.aliquot");
  mkdirSync(join(open.folder, "kept"), { recursive: true });
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  const { images, masks, labels } = await writePatient(join(open.folder, "source"));
  const json = { paths: [images], masks, labels, deidentify };
  const { importId } = await read(open.client.imports.folder.$post({ json }));
  const report = await open.session.open.importJob(importId).ended;
  expect(report).toMatchObject({ state: "done", imported: IMAGES });
  return { path, report };
}

/** Everything that is said while `work` runs, by the console and by the streams below it. */
async function listened(work: () => Promise<void>): Promise<string> {
  const spies = [
    ...(["log", "info", "warn", "error", "debug"] as const).map((level) => vi.spyOn(console, level)),
    vi.spyOn(process.stdout, "write"),
    vi.spyOn(process.stderr, "write"),
  ];
  await work();
  const said = spies.flatMap((spy) => spy.mock.calls.flat().map(String)).join("\n");
  for (const spy of spies) spy.mockRestore();
  return said;
}

test.each([
  true,
  { cleanDescriptors: true, retainSafePrivate: true },
  { retainUids: false, retainDates: "none", retainGraphics: false },
] satisfies (true | DeidentifyChoice)[])(
  "no mark is left anywhere: project, log, snapshot, exports, run data, temporary files (de-identification %j)",
  { timeout: 60_000 },
  async (deidentify) => {
    const open = openSession();
    const kept = join(open.folder, "kept");
    const temporary = join(open.folder, "temporary");
    mkdirSync(temporary);
    vi.stubEnv("TMPDIR", temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const said = await listened(async () => {
      const { path, report } = await importPatient(open, deidentify);
      // The broken picture, and what the DICOMDIR names; labels that are not refused are in.
      const refused = report.refused.map(({ file, problem }) => `${file.replaceAll(name, "*")} ${problem.code}`);
      // Both images have the instance UID that the segmentation refers to; one of them has a mask already.
      expect(refused.filter((each) => each !== "* seg.dcm conflict")).toEqual([
        "*/IM01 file-unreadable",
        "*/* broken.png corrupt-file",
        "* set/labelsTr/*.nii.gz mask-mismatch",
      ]);
      for (const { file, problem } of report.refused) {
        const { detail, hint } = problem;
        expect(found(Buffer.from(`${detail} ${hint}`))).toEqual([]);
        // The title names the file, for the person who chose it, and no folder.
        expect(problem.title).not.toContain("/");
        expect(found(Buffer.from(problem.title.replace(file.split("/").at(-1)!, "")))).toEqual([]);
      }
      expect(report).toMatchObject({ unmatchedMasks: [], labels: 2, deidentification: { renamedFiles: IMAGES } });
      expect(found(Buffer.from(JSON.stringify(report.deidentification)))).toEqual([]);
      // Unmixed with pages that were freed: as it lies on the disk while the app runs, write-ahead log included.
      expect(existsSync(`${path}-wal`)).toBe(true);
      expect(searched(kept)).toEqual([]);

      const { project } = open.session.open;
      addModel(project);
      const frames = project.images.frames();
      const colorFrames = project.images.colorFrames();
      const isColor = (caseId: number): boolean =>
        frames.some((frame) => frame.caseId === caseId && colorFrames.has(frame.frameId));
      const splitOf = (caseId: number) => (isColor(caseId) ? ("val" as const) : ("train" as const));
      project.cases.assignSplits(new Map(project.cases.list().map(({ caseId }) => [caseId, splitOf(caseId)])));
      for (const format of formats) {
        // nnU-Net takes gray or color images, not both.
        for (const split of format === "nnunet" ? (["train", "val"] as const) : [undefined]) {
          const dir = join(kept, "exports", `${format} ${split ?? ""}`);
          const { files } = await read(open.client.exports.$post({ json: { format, dir, split } }));
          expect(files.length).toBeGreaterThan(0);
        }
      }
      const runId = project.runs.create({
        ...{ kind: "train", method: "segment", settings: {}, seed: 1, device: "cpu", steps: 1 },
        snapshot: {
          frames: project.images
            .frames()
            .filter(({ split, annotation }) => split === "train" || annotation !== null)
            .map(({ frameId, imageId, caseId, split, annotation }) => ({
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
      expect(found(Buffer.from(JSON.stringify(await read(open.client.frames.$get()))))).toEqual([]);
    });
    for (const folder of [kept, temporary, join(open.folder, "config")]) expect(searched(folder)).toEqual([]);
    expect(found(Buffer.from(said))).toEqual([]);
  },
);

test("the search finds marks where they are: a project that keeps headers has them", async () => {
  const open = openSession();
  await importPatient(open, false);
  const [files] = [searched(join(open.folder, "kept")).flatMap(([, marksFound]) => marksFound)];
  expect(new Set(files).size).toBe(marks.length);
});

test("a run bundle for another machine holds no mark, even of a project that keeps headers and file names", async () => {
  const open = openSession();
  await importPatient(open, false);
  const { project } = open.session.open;
  const cases = project.cases.list().map(({ caseId }) => caseId);
  const decoded = new Set(project.images.frames().map(({ name: shown }) => shown.split(".").at(-1)));
  expect(decoded.size).toBeGreaterThan(5); // formats
  project.cases.assignSplits(new Map(cases.map((caseId) => [caseId, "train" as const])));
  const runId = project.runs.create(
    {
      ...{ kind: "train", method: "segment", settings: {}, seed: 1, device: "cpu", steps: 1 },
      snapshot: {
        frames: project.images.frames().map(({ frameId, imageId, caseId, split, annotation }) => ({
          ...{ frameId, imageId, caseId, split },
          revisionId: annotation === null ? null : project.annotations.head(frameId),
        })),
        classes: project.classes.list(),
        fromModel: null,
      },
    },
    "paused",
  );
  const out = join(open.folder, "out");
  mkdirSync(out);
  const json = { path: join(out, "run.aliquot-run") };
  const report = await read(open.client.runs[":id"].bundle.$post({ param: { id: String(runId) }, json }));
  expect(report.frames).toBe(project.images.frames().length);
  expect(searched(out)).toEqual([]);
});

test.each([
  ["as it is", Buffer.from("x Zq7MARKing y")],
  ["in UTF-16, little endian", Buffer.from("zq7marking", "utf16le")],
  ["in UTF-16, big endian", Buffer.from("zq7marking", "utf16le").swap16()],
  ["with the bytes of words swapped", Buffer.from("Zq7Marking").swap16()],
  ["with the bytes of words swapped, from an odd place", Buffer.from("aZq7Marking.").swap16()],
  ["in base64", Buffer.from(Buffer.from("Zq7Marking").toString("base64"))],
  ["in base64, one letter later", Buffer.from(Buffer.from("aZq7Marking.").toString("base64"))],
  ["in base64, two letters later", Buffer.from(Buffer.from("abZq7Marking").toString("base64"))],
])("the search finds a mark %s", (_, bytes) => expect(found(bytes)).toEqual(["Zq7Marking"]));
