import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type ImportFile,
  importImages,
  type ImportReport,
  listImportFiles,
  reportText,
} from "../../src-main/interchange/index.ts";
import { createDecodePool, type DecodePool, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { type Attribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { maskOf, newProject, temporaryFolder } from "../project/fixture.ts";

const size = { width: 10, height: 6 };
let pool: DecodePool;

beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

/** A PNG of one gray level per seed. */
function png(seed: number, { width, height } = size): Buffer {
  return writeSamplesPng(new Uint8Array(width * height).fill(seed), { width, height });
}

/** A mask with `length` pixels of class 2. */
function mask(length: number, { width, height } = size): Buffer {
  return writeSamplesPng(new Uint8Array(width * height).fill(2, 0, length), { width, height });
}

function file(name: string, bytes: Uint8Array): ImportFile {
  return { name, read: () => Promise.resolve(bytes) };
}

function run(
  project: Project,
  items: ImportFile[],
  options: Partial<Parameters<typeof importImages>[0]> = {},
): Promise<ImportReport> {
  return importImages({ project, pool, items, patient: { kind: "auto" }, ...options });
}

const refusals = (report: ImportReport): string[][] =>
  report.refused.map(({ file: name, problem }) => [name, problem.code]).sort();

it("stores in the order of the list, however long each file takes to decode", async () => {
  const project = newProject();
  // The larger a picture the longer it takes: in the order of the list the small ones would overtake.
  const names = Array.from({ length: 8 }, (_, index) => `picture ${8 - index}.png`);
  const items = names.map((name, index) =>
    file(name, png(index + 1, index % 2 === 0 ? { width: 1500, height: 1500 } : size)),
  );
  await run(project, items, { patient: { kind: "file" } });
  const stored = project.images.frames().sort((a, b) => a.frameId - b.frameId);
  expect(stored.map(({ name }) => name)).toEqual(names);
});

it("brings images with their masks in, one case per patient", async () => {
  const project = newProject();
  const report = await run(
    project,
    [
      file("p01_001.png", png(1)),
      file("p01_002.png", png(2)),
      file("p02-s3.png", png(3)),
      file("odd name.png", png(4)),
    ],
    { masks: [file("p01_001.png", mask(5)), file("p02-s3_mask.png", mask(6)), file("p09_001.png", mask(6))] },
  );
  expect(report).toEqual({
    state: "done",
    done: 5,
    total: 5,
    secondsLeft: 0,
    imported: 4,
    frames: 4,
    patients: 3,
    series: 0,
    formats: { png: 4 },
    newClasses: { made: [], missing: [] },
    masks: 2,
    duplicates: 0,
    refused: [],
    refusedCount: 0,
    unmatchedMasks: ["p09_001.png"],
    labels: 0,
    dryRun: false,
    matches: [
      { file: "p01_001.png", kind: "png", images: ["p01_001.png"], notes: [] },
      { file: "p02-s3_mask.png", kind: "png", images: ["p02-s3.png"], notes: [] },
    ],
    deidentification: { attributes: [], renamedFiles: 1 },
    burnedIn: { count: 0, images: [] },
    problem: null,
  });
  expect(project.cases.list().map(({ name, frames, annotated }) => [name, frames, annotated])).toEqual(
    expect.arrayContaining([
      ["p01", 2, 1],
      ["p02", 1, 1],
      [expect.stringMatching(/^patient-[0-9a-f]{12}$/), 1, 0],
    ]),
  );
  const row = project.images.frames().find(({ name }) => name === "p01_001.png")!;
  expect(row.annotation).toBe("imported");
  const { data } = decodeLabelMap(project.annotations.mask(row.frameId)!, size);
  expect([...data]).toEqual([...new Uint8Array(60).fill(2, 0, 5)]);
});

it("refuses what is no image, each by name, and brings the rest in", async () => {
  const project = newProject();
  const whole = png(1, { width: 200, height: 200 });
  const huge = Buffer.from(whole);
  huge.writeUInt32BE(20_000, 16);
  huge.writeUInt32BE(20_000, 20);
  const report = await run(project, [
    file("notes.txt", Buffer.from("not an image")),
    file("empty.png", Buffer.alloc(0)),
    file("cut.png", whole.subarray(0, 60)),
    file("huge.png", huge),
    { name: "gone.png", read: () => fs.promises.readFile("/nowhere/gone.png") },
    file("good_1.png", png(9)),
  ]);
  expect(report).toMatchObject({ state: "done", done: 6, imported: 1 });
  expect(refusals(report).map(([name]) => name)).toEqual(["cut.png", "empty.png", "gone.png", "huge.png", "notes.txt"]);
  for (const { file: name, problem } of report.refused) {
    expect(problem.title).toContain(name);
    expect(problem.hint).toBeTruthy();
    expect(JSON.stringify(problem)).not.toContain("/nowhere");
  }
  expect(refusals(report).find(([name]) => name === "gone.png")![1]).toBe("file-unreadable");
});

it("a mask of another size is refused with both sizes, its image is brought in", async () => {
  const project = newProject();
  const report = await run(project, [file("a_1.png", png(1))], {
    masks: [file("a_1_seg.png", mask(3, { width: 7, height: 7 }))],
  });
  expect(report).toMatchObject({ imported: 1, masks: 0 });
  expect(refusals(report)).toEqual([["a_1_seg.png", "mask-mismatch"]]);
  expect(report.refused[0]!.problem).toMatchObject({ title: expect.stringContaining("a_1_seg.png") as string });
  expect(report.refused[0]!.problem.detail).toMatch(/7 x 7.*10 x 6/);
});

it("stores the same bytes once, whatever they are called", async () => {
  const project = newProject();
  const twice = [file("a_1.png", png(1)), file("copy.png", png(1))];
  expect(await run(project, twice)).toMatchObject({ imported: 1, duplicates: 1 });
  expect(await run(project, twice)).toMatchObject({ imported: 0, duplicates: 2, refused: [] });
  expect(project.images.frames()).toHaveLength(1);
});

it("attaches masks to images that are there already, but never over an annotation", async () => {
  const project = newProject();
  const images = [file("a_1.png", png(1)), file("b_1.png", png(2))];
  await run(project, images);
  const frameOf = (name: string): number => project.images.frames().find((row) => row.name === name)!.frameId;

  expect(await run(project, images, { masks: [file("a_1.png", mask(4))] })).toMatchObject({ duplicates: 2, masks: 1 });
  expect(project.annotations.mask(frameOf("a_1.png"))).toEqual(maskOf(2, 4, size));
  // Masks alone, without choosing the images again.
  const later = await run(project, [], { masks: [file("b_1_label.png", mask(5)), file("a_1.png", mask(4))] });
  expect(later).toMatchObject({ masks: 1, done: 2, total: 2, refused: [] });

  project.annotations.write(frameOf("a_1.png"), maskOf(1, 9, size), { origin: "drawn" });
  expect(refusals(await run(project, [], { masks: [file("a_1.png", mask(4))] }))).toEqual([["a_1.png", "conflict"]]);
  expect(project.annotations.mask(frameOf("a_1.png"))).toEqual(maskOf(1, 9, size));
});

it("tells images of one name apart by folder, and refuses a mask where that is not certain", async () => {
  const project = newProject();
  const images = [file("images/p01/001.png", png(1)), file("images/p02/001.png", png(2))];
  const report = await run(project, images, {
    masks: [file("masks/p02/001.png", mask(3)), file("001_mask.png", mask(4))],
  });
  expect(refusals(report)).toEqual([["001_mask.png", "mask-mismatch"]]);
  const rows = project.images.frames().map(({ caseName, annotation }) => [caseName, annotation]);
  expect(rows.sort()).toEqual([
    ["p01", null],
    ["p02", "imported"],
  ]);
  const rivals = await run(newProject(), [file("x.png", png(1))], {
    masks: [file("x.png", mask(1)), file("x_mask.png", mask(2))],
  });
  expect(refusals(rivals)).toEqual([
    ["x.png", "mask-mismatch"],
    ["x_mask.png", "mask-mismatch"],
  ]);
});

it("knows a mask beside its image by the ending of its name", async () => {
  const project = newProject();
  const report = await run(project, [file("a.png", png(1)), file("a_mask.png", mask(3)), file("b_mask.png", png(2))]);
  expect(report).toMatchObject({ imported: 2, masks: 1, refused: [] });
});

it("knows masks by their folder; such folders are no patients", async () => {
  const project = newProject();
  const report = await run(project, [
    file("images/1.png", png(1)),
    file("images/2.png", png(2)),
    file("masks/1.png", mask(3)),
    file("masks/3.png", png(3)),
  ]);
  expect(report).toMatchObject({ imported: 3, masks: 1, refused: [] });
  expect(
    project.cases
      .list()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["1", "2", "3"]);
});

const dicomOf = (patient: string, level: number, more: Attribute[] = []): Buffer =>
  writeTestDicom([
    [0x00100010, "PN", "Doe^Jane"],
    [0x00100020, "LO", patient],
    [0x7fe00010, "OB", new Uint8Array(24).fill(level)],
    ...more,
  ]);

it("keeps no identity of a DICOM file; its patient makes the case", async () => {
  const project = newProject();
  const report = await run(project, [
    file("one_1.dcm", dicomOf("id-4711", 1)),
    file("two_1.dcm", dicomOf("id-4711", 2)),
    file("three_1.dcm", dicomOf("id-4712", 3)),
  ]);
  expect(report).toMatchObject({ imported: 3, refused: [] });
  expect(project.cases.list().map(({ name, frames }) => [name, frames])).toEqual(
    expect.arrayContaining([[expect.stringMatching(/^Case [12]$/), 2]]),
  );
  project.close();
  const stored = fs.readFileSync(project.path);
  for (const secret of ["Doe^Jane", "id-4711", "id-4712"]) expect(stored.includes(secret)).toBe(false);
});

it("keeps the bytes of a DICOM file as they are when asked to", async () => {
  const project = newProject();
  const bytes = dicomOf("id-4711", 1);
  await run(project, [file("one_1.dcm", bytes)], { deidentify: false });
  expect(project.images.sourceOfFrame(1).bytes).toEqual(new Uint8Array(bytes));
});

it("ties masks to frames of a multi-frame image by number", async () => {
  const project = newProject();
  const frames: Attribute = [0x00280008, "IS", "2"];
  const small = { width: 4, height: 3 };
  const report = await run(project, [file("cine.dcm", dicomOf("p", 1, [frames]))], {
    masks: [
      file("cine_frame0002.png", mask(3, small)),
      file("cine_frame0009.png", mask(3, small)),
      file("cine.png", mask(3, small)),
    ],
  });
  expect(report).toMatchObject({ frames: 2, masks: 1 });
  expect(refusals(report)).toEqual([
    ["cine.png", "mask-mismatch"],
    ["cine_frame0009.png", "mask-mismatch"],
  ]);
  expect(project.images.frames().map(({ annotation }) => annotation)).toEqual([null, "imported"]);
});

it("stops when cancelled, keeps what is whole, and can be repeated", async () => {
  const project = newProject();
  const items = Array.from({ length: 40 }, (_, index) => file(`p${index}_1.png`, png(index)));
  const abort = new AbortController();
  project.onChange(() => {
    if (project.images.frames().length === 5) abort.abort();
  });
  const report = await run(project, items, { signal: abort.signal });
  expect(report).toMatchObject({ state: "cancelled", refused: [], problem: null });
  expect(project.images.frames()).toHaveLength(report.imported);
  expect(report.imported).toBeLessThan(40);
  expect(await run(project, items)).toMatchObject({ state: "done", imported: 40 - report.imported });
});

it("reads files only as fast as they are decoded, and tells how it goes", async () => {
  const project = newProject();
  let open = 0;
  let most = 0;
  const items = Array.from({ length: 30 }, (_, index) => ({
    name: `p${index}_1.png`,
    read: async () => {
      most = Math.max(most, ++open);
      return png(index);
    },
  }));
  project.onChange(() => open--);
  const heard: ImportReport[] = [];
  await run(project, items, { onProgress: (report) => heard.push(report) });
  expect(most).toBeLessThanOrEqual(4);
  expect(heard.at(-1)).toMatchObject({ state: "done", done: 30, secondsLeft: 0 });
});

it("ends with the reason when the project cannot be written, and does not blame the files", async () => {
  const folder = temporaryFolder();
  const writer = newProject(folder);
  const { openProject } = await import("../../src-main/project/index.ts");
  const reader = openProject(path.join(folder, "study.aliquot"));
  const report = await run(reader, [file("a_1.png", png(1)), file("b_1.png", png(2))]);
  expect(report).toMatchObject({ state: "failed", imported: 0, refused: [], problem: { code: "project-locked" } });
  reader.close();
  writer.close();
});

it("a pattern finds the patient; one that cannot is refused before anything is read", async () => {
  const project = newProject();
  const items = [file("scan-7-p3.png", png(1)), file("other.png", png(2))];
  const report = await run(project, items, { patient: { kind: "pattern", pattern: "-(p\\d+)" } });
  expect(project.cases.list().map(({ name }) => name)).toEqual(["p3"]);
  expect(refusals(report)).toEqual([["other.png", "bad-request"]]);
  for (const pattern of ["(", "p\\d+"]) {
    await expect(run(project, items, { patient: { kind: "pattern", pattern } })).rejects.toThrow("cannot be used");
  }
});

it("lists folders with all below, without what systems leave there", async () => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, "set", "p01"), { recursive: true });
  for (const name of ["set/b10.png", "set/b9.png", "set/p01/001.png", "set/.DS_Store", "set/Thumbs.db", "single.png"]) {
    fs.writeFileSync(path.join(folder, name), name);
  }
  fs.symlinkSync(folder, path.join(folder, "set", "loop"));
  const list = await listImportFiles(["set", "single.png", "missing.png"].map((name) => path.join(folder, name)));
  expect(list.items.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["b9.png", "b10.png", "p01/001.png", "single.png"]),
  );
  expect(list.refused).toMatchObject([{ file: "missing.png", problem: { code: "file-unreadable" } }]);
  expect(new TextDecoder().decode(await list.items[0]!.read())).toBe("set/b9.png");
});

it("an unreadable folder is refused by name, the others are listed", ({ skip }) => {
  if (process.getuid?.() !== 0) return skip("needs root to become a user without rights");
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  fs.mkdirSync(path.join(folder, "closed"), { mode: 0o700 });
  fs.mkdirSync(path.join(folder, "open"));
  fs.writeFileSync(path.join(folder, "open", "a.png"), "");
  const script = `
    import { listImportFiles } from ${JSON.stringify(new URL("../../src-main/interchange/import/list-import-files.ts", import.meta.url).href)};
    process.setuid(65534);
    const { items, refused } = await listImportFiles([process.argv[1]]);
    console.log(JSON.stringify({ items: items.map(({ name }) => name), refused }));`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script, folder], { encoding: "utf8" });
  expect(JSON.parse(child.stdout)).toMatchObject({
    items: ["open/a.png"],
    refused: [{ file: "closed", problem: { code: "file-unreadable", title: "closed: it cannot be read." } }],
  });
});

it("the report names images with transparent pixels", async () => {
  const project = newProject();
  const veiled = writeSamplesPng(Uint8Array.of(10, 255, 20, 0), { width: 2, height: 1, colorType: 4 });
  const report = await run(project, [file("Doe Jane.png", veiled), file("p01_002.png", png(2))]);
  expect(report).toMatchObject({ imported: 2, onBlack: { count: 1, files: ["Doe Jane.png"] } });
  expect(reportText(report)).toContain("1 image has transparent pixels, which were put on black:\n  Doe Jane.png");
});

it("the report names patients whose images stay in another split than was asked for", async () => {
  const project = newProject();
  await run(project, [file("p01_001.png", png(1))], { split: "train" });
  const report = await run(project, [file("p01_002.png", png(2)), file("p02_001.png", png(3))], { split: "val" });
  expect(project.cases.list().map(({ split }) => split)).toEqual(["train", "val"]);
  const { name } = project.cases.list()[0]!;
  expect(report.keptSplit).toEqual({ images: 1, cases: [{ name, split: "train" }] });
  expect(reportText(report)).toContain(`1 image went to another split than was asked for`);
  expect(reportText(report)).toContain(`  ${name}: train`);
});
