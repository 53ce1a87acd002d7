/** @file Imports over the API: previewed, run on the same files, reported, and the report kept without names. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ImportState, KeptImportRow } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { type OpenSession, openSession, root, writeImages } from "./fixture.ts";

const fixtures = join(root, "test/fixtures");

async function newProject(): Promise<OpenSession> {
  const open = openSession();
  const path = join(open.folder, "study.aliquot");
  await read(open.client.project.create.$post({ json: { path, classes: ["lesion"] } }));
  return open;
}

const settled = ({ session }: OpenSession, { importId }: ImportState): Promise<ImportState> =>
  session.open.importJob(importId).ended;

test("a preview stores nothing; the same files are imported without being sent again, once", async () => {
  const open = await newProject();
  const { images, masks } = await writeImages(open.folder, 3);
  const table = join(open.folder, "labels.csv");
  writeFileSync(table, "image,finding\np1_0.png,benign\n");
  const json = { paths: [images], masks: [masks], labels: [table], dryRun: true };
  const preview = await settled(open, await read(open.client.imports.folder.$post({ json })));
  expect(preview).toMatchObject({ dryRun: true, state: "done", imported: 6, patients: 3, series: 0, labels: 1 });
  expect(preview).toMatchObject({ formats: { png: 6 }, reportId: null });
  expect(open.session.open.project.images.frames()).toEqual([]);
  const param = { id: String(preview.importId) };
  const again = await settled(open, await read(open.client.imports[":id"].again.$post({ param, json: {} })));
  expect(again).toMatchObject({ dryRun: false, imported: 6, masks: 4, labels: 1, reportId: 1 });
  await expect(open.client.imports[":id"].again.$post({ param, json: {} })).rejects.toMatchObject({
    code: "not-found",
  });
});

test("several folders of masks within the folder of images are no images", async () => {
  const open = await newProject();
  const { images } = await writeImages(open.folder, 2);
  for (const [reader, name] of [
    ["reader-a", "p1_0.png"],
    ["reader-b", "p1_1.png"],
  ] as const) {
    mkdirSync(join(images, reader));
    copyFileSync(join(open.folder, "masks", name), join(images, reader, name));
  }
  const json = { paths: [images], masks: [join(images, "reader-a"), join(images, "reader-b")] };
  const report = await settled(open, await read(open.client.imports.folder.$post({ json })));
  expect(report).toMatchObject({ imported: 4, masks: 2, refused: [] });
});

test("classes that a label file names are told, and made when asked for", async () => {
  const open = await newProject();
  const { images } = await writeImages(open.folder, 1);
  const coco = join(open.folder, "coco.json");
  const annotation = { id: 1, image_id: 1, category_id: 7, segmentation: [[2, 2, 9, 2, 9, 9]] };
  writeFileSync(
    coco,
    JSON.stringify({
      images: [{ id: 1, file_name: "p1_0.png", width: 64, height: 64 }],
      categories: [{ id: 7, name: "organ" }],
      annotations: [annotation],
    }),
  );
  const json = { paths: [images], masks: coco, dryRun: true };
  const without = await settled(open, await read(open.client.imports.folder.$post({ json })));
  expect(without).toMatchObject({ masks: 0, newClasses: { made: [], missing: ["organ"] } });
  const param = { id: String(without.importId) };
  const making = await read(open.client.imports[":id"].again.$post({ param, json: { addClasses: true } }));
  expect(await settled(open, making)).toMatchObject({ masks: 1, newClasses: { made: ["organ"], missing: [] } });
});

test("a kept report names no file by a name that may be a person's, and quotes no label file", async () => {
  const open = await newProject();
  const folder = join(open.folder, "MUSTERMANN_ERIKA");
  mkdirSync(folder);
  const png = readFileSync(join((await writeImages(open.folder, 1)).images, "p1_0.png"));
  writeFileSync(join(folder, "Mustermann Erika 1970-05-03.png"), png);
  writeFileSync(join(folder, "Mustermann broken.dcm"), "no image at all");
  writeFileSync(join(folder, "Mustermann stray_mask.png"), png);
  const table = join(open.folder, "Mustermann labels.csv");
  writeFileSync(table, "image,finding\nMustermann Other,benign\n");
  const masks = join(open.folder, "masks-of-mustermann");
  mkdirSync(masks);
  writeFileSync(join(masks, "Mustermann Karl.png"), png);
  const json = { paths: [folder], masks, labels: table };
  const report = await settled(open, await read(open.client.imports.folder.$post({ json })));
  expect(report).toMatchObject({ imported: 1, unmatchedMasks: ["Mustermann Karl.png"] });
  expect(report.refused.length).toBeGreaterThan(1);
  expect(JSON.stringify(report)).toContain("Mustermann broken.dcm");

  const rows: KeptImportRow[] = await read(open.client.imports.reports.$get());
  expect(rows).toMatchObject([
    { reportId: report.reportId, state: "done", imported: 1, refused: report.refused.length },
  ]);
  const param = { id: String(report.reportId) };
  const kept = await read(open.client.imports.reports[":id"].$get({ param }));
  const texts = await Promise.all(
    (["txt", "csv"] as const).map(async (format) =>
      (await open.client.imports.reports[":id"].file.$get({ param, query: { format } })).text(),
    ),
  );
  for (const text of [JSON.stringify(kept), ...texts]) expect(text).not.toMatch(/mustermann|erika|karl/i);
  expect(kept.outcome.refused.map(({ problem }) => problem.code)).toEqual(
    report.refused.map(({ problem }) => problem.code),
  );
  expect(texts[0]).toContain("1 file names were replaced");
});

test("what was removed is kept by the names of attributes", async () => {
  const open = await newProject();
  const dicom = join(fixtures, "dicom/pydicom");
  const json = { paths: [join(dicom, "CT_small.dcm")] };
  const report = await settled(open, await read(open.client.imports.folder.$post({ json })));
  const { outcome } = await read(open.client.imports.reports[":id"].$get({ param: { id: String(report.reportId) } }));
  expect(outcome).toMatchObject({ imported: 1, patients: 1, series: 1, formats: { dicom: 1 } });
  expect(outcome.deidentification!.attributes.length).toBeGreaterThan(5);
});

test("every option of de-identification is offered, and one that is not is refused", async () => {
  const open = await newProject();
  const fields = await read(open.client.imports.privacy.$get());
  expect(fields.map(({ name }) => name)).toContain("retainDates");
  const send = (deidentify: object) =>
    open.api.request("/api/imports/folder", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ paths: ["/nowhere"], dryRun: true, deidentify }),
    });
  for (const field of fields) {
    const value = field.kind === "flag" ? true : field.choices.at(-1)!.value;
    const response = await send({ [field.name]: value });
    expect(response.status, field.name).toBe(200);
    await settled(open, (await response.json()) as ImportState);
  }
  expect((await send({ retainEverything: true })).status).toBe(400);
});

test("folders are looked through within the import: what was found is told, and a cancel ends it before a file is read", async () => {
  const open = await newProject();
  const folder = join(open.folder, "many");
  mkdirSync(folder);
  for (let index = 0; index < 300; index++) writeFileSync(join(folder, `${index}.png`), "not read");
  const told: ImportState[] = [];
  const off = open.session.listeners.on(({ type, data }) => {
    if (type !== "import") return;
    told.push(data);
    if (told.length === 1) open.session.open.importJob(data.importId).cancel();
  });
  const started = await read(open.client.imports.folder.$post({ json: { paths: [folder] } }));
  expect(started).toMatchObject({ state: "running", found: 0, total: 0 });
  expect(await settled(open, started)).toMatchObject({ state: "cancelled", found: null, total: 0, reportId: null });
  expect(told.map(({ state, found }) => [state, found])).toEqual([
    ["running", 1],
    ["cancelled", null],
  ]);
  off();

  const again = await read(open.client.imports.folder.$post({ json: { paths: [folder] } }));
  expect(await settled(open, again)).toMatchObject({ state: "done", found: null, total: 300, refusedCount: 300 });
});
