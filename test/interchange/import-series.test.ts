import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ImportFile, importImages, listImportFiles } from "../../src-main/interchange/index.ts";
import { createDecodePool, type DecodePool, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import type { Project } from "../../src-main/project/index.ts";
import { type Attribute, sequenceItems, writeAttribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { newProject, temporaryFolder } from "../project/fixture.ts";
import { orientations, phantomFiles } from "./phantom.ts";

let pool: DecodePool;

beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

const run = (project: Project, items: ImportFile[]) =>
  importImages({ project, pool, items, patient: { kind: "auto" }, deidentify: { keepFileNames: true } });
const listed = (project: Project): string[] => project.images.frames().map(({ name }) => name);

/** A DICOMDIR with a record for each file. */
function directory(files: string[][], kind = "IMAGE"): Uint8Array {
  const records = files.map((file): Attribute[] => [
    [0x00041430, "CS", kind],
    [0x00041500, "CS", file.join("\\")],
  ]);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    writeAttribute([0x00020010, "UI", "1.2.840.10008.1.2.1\0"]),
    writeAttribute(sequenceItems(0x00041220, records)),
  ]);
}

/** A disc: two images that its DICOMDIR names, one it does not, one that is missing, and a note. */
function disc(): string {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, "dicom", "a"), { recursive: true });
  const write = (name: string, uid: string): void =>
    fs.writeFileSync(path.join(folder, "dicom", "a", name), writeTestDicom([[0x00080018, "UI", uid]]));
  write("i1", "1.2.3.1");
  write("i2.;1", "1.2.3.2");
  write("extra", "1.2.3.3");
  const named = ["I2", "I3", "I1", "I1"].map((name) => ["DICOM", "A", name]);
  fs.writeFileSync(path.join(folder, "DICOMDIR"), directory(named));
  return folder;
}

it("a disc is imported in the order of its DICOMDIR, each file once, the others after", async () => {
  const folder = disc();
  for (const chosen of [[folder], [path.join(folder, "DICOMDIR")], [folder, path.join(folder, "DICOMDIR")]]) {
    const project = newProject();
    const list = await listImportFiles(chosen);
    const report = await run(project, list.items);
    expect(report).toMatchObject({ state: "done", imported: 3, duplicates: 0, total: 3 });
    expect(report.refused).toMatchObject([
      {
        file: "DICOM/A/I3",
        problem: { code: "file-unreadable", title: expect.stringContaining("DICOMDIR") as string },
      },
    ]);
    const stored = project.images.frames().sort((a, b) => a.frameId - b.frameId);
    expect(stored.map(({ name }) => name)).toEqual(["i2.;1", "i1", "extra"]);
  }
});

it("a DICOMDIR that is damaged or leads elsewhere stops nothing", async () => {
  const project = newProject();
  const file = (name: string, bytes: Uint8Array): ImportFile => ({ name, read: () => Promise.resolve(bytes) });
  const report = await run(project, [
    file("disc/DICOMDIR", Buffer.from("no directory at all")),
    file("other/DICOMDIR", directory([["..", "secret"]])),
    file("disc/a.dcm", writeTestDicom()),
  ]);
  expect(report.imported).toBe(1);
  expect(report.refused.map(({ file: name }) => name)).toEqual(["disc/DICOMDIR"]);
});

it("slices of a series are one case, listed along their normal, whatever the files are called", async () => {
  const project = newProject();
  // Both series mixed, and named against their places.
  const first = phantomFiles(orientations["oblique"]!, { series: "1.2.3.100" });
  const second = phantomFiles(orientations["coronal"]!, { series: "1.2.3.200" });
  const items = first.flatMap((file, index) => [
    { ...file, name: `${index}a.dcm` },
    { ...second[index]!, name: `${index}b.dcm` },
  ]);
  await run(project, items);
  expect(project.cases.list()).toHaveLength(1);
  // `phantomFiles` gives slices 2, 0, 3, 1.
  expect(listed(project)).toEqual(["1a", "3a", "0a", "2a", "1b", "3b", "0b", "2b"].map((name) => `${name}.dcm`));
});

it("without places the instance number tells the order; without that, the name", async () => {
  const project = newProject();
  const items = [3, 1, 2, null].map((number, index): ImportFile => {
    const bytes = writeTestDicom([
      [0x00080018, "UI", `1.2.3.${index}`],
      [0x00100020, "LO", "p"],
      [0x0020000e, "UI", "1.2.3.100"],
      number === null ? [0x00200013, null] : [0x00200013, "IS", String(number)],
    ]);
    return { name: `${index}.dcm`, read: () => Promise.resolve(bytes) };
  });
  await run(project, items);
  expect(listed(project)).toEqual(["1.dcm", "2.dcm", "0.dcm", "3.dcm"]);
});
