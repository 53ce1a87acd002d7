import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EventMap } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { decodeLabelMap, deserializeFrame, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { frameRows } from "../../src-renderer/api/frame-columns.ts";
import { drawDisc, grayPng, importPaths, openProjectWithImages, openSession, writeImages } from "./fixture.ts";

const rle = (values: number[]) =>
  encodeLabelMap({ width: 64, height: 64, data: Uint8Array.from(values) }) as Uint8Array<ArrayBuffer>;

test("pixels, thumbnail and mask of an imported image come back as they went in", async () => {
  const { api, client } = await openProjectWithImages();
  const [row] = await read(client.frames.$get());
  expect(row).toMatchObject({ name: "p1_0.png", caseName: "p1", width: 64, height: 64, annotation: "imported" });
  const pixels = await api.request(`/api/frames/${row!.frameId}/pixels`);
  expect(pixels.headers.get("Cache-Control")).toBe("no-store");
  const frame = deserializeFrame(new Uint8Array(await pixels.arrayBuffer()));
  const disc = drawDisc(64, 20, 24, 10);
  expect([...frame.data]).toEqual(disc.map((inside, index) => (inside ? 200 : 40) + (index % 7)));
  const mask = await api.request(`/api/frames/${row!.frameId}/mask`);
  expect(JSON.parse(mask.headers.get("Aliquot-Annotation")!)).toMatchObject({ origin: "imported", canRedo: false });
  expect([...decodeLabelMap(new Uint8Array(await mask.arrayBuffer())).data]).toEqual(disc);
  const thumbnail = await api.request(`/api/frames/${row!.frameId}/thumbnail`);
  expect(thumbnail.headers.get("Content-Type")).toBe("image/png");
});

test("a stroke is stored, undone, redone, and refused when drawn on an old revision", async () => {
  const { api, client } = await openProjectWithImages();
  const [row] = await read(client.frames.$get());
  const param = { id: String(row!.frameId) };
  const path = `/api/frames/${row!.frameId}/mask`;
  const before = JSON.parse((await api.request(path)).headers.get("Aliquot-Annotation")!) as { revisionId: number };
  const drawn = rle(drawDisc(64, 40, 40, 5));
  const put = (base: number, body: Uint8Array<ArrayBuffer>) =>
    api.request(`${path}?base=${base}`, { method: "PUT", body });
  const stored = await put(before.revisionId, drawn);
  expect(await stored.clone().json()).toMatchObject({ origin: "drawn", canUndo: true });
  const again = await put(before.revisionId, drawn);
  expect(await again.json(), "its answer was lost, and it was sent again").toEqual(await stored.clone().json());
  const stale = await put(before.revisionId, rle(drawDisc(64, 30, 30, 5)));
  expect(stale.status).toBe(409);
  expect(await stale.json()).toMatchObject({ code: "conflict" });
  expect(await read(client.frames[":id"].undo.$post({ param, query: {} }))).toMatchObject({
    origin: "imported",
    canRedo: true,
  });
  expect(await read(client.frames[":id"].redo.$post({ param, query: {} }))).toMatchObject({
    origin: "drawn",
    canRedo: false,
  });
  expect(new Uint8Array(await (await api.request(path)).arrayBuffer())).toEqual(drawn);
});

test("a mask of another size, of an unknown class, or of garbage is refused", async () => {
  const { api, client } = await openProjectWithImages();
  const [row] = await read(client.frames.$get());
  const put = async (body: Uint8Array<ArrayBuffer>) =>
    (await api.request(`/api/frames/${row!.frameId}/mask`, { method: "PUT", body })).json();
  const small = encodeLabelMap({ width: 2, height: 2, data: new Uint8Array(4) }) as Uint8Array<ArrayBuffer>;
  expect(await put(small)).toMatchObject({ code: "mask-mismatch" });
  expect(await put(rle(Array<number>(4096).fill(9)))).toMatchObject({ code: "bad-request" });
  expect(await put(new Uint8Array([1, 2, 3]))).toMatchObject({ code: "corrupt-file" });
  await expect(client.frames[":id"].proposal.$get({ param: { id: String(row!.frameId) } })).rejects.toMatchObject({
    code: "not-found",
  });
});

test("files sent by the window are imported with their masks", async () => {
  const { api, client, session, folder } = openSession();
  await client.project.create.$post({ json: { path: join(folder, "a.aliquot"), classes: ["lesion"] } });
  const disc = drawDisc(64, 30, 30, 9);
  const file = async (values: number[], name: string) =>
    new File([new Uint8Array(await grayPng(values))], name, { type: "image/png" });
  const form = new FormData();
  form.append("options", JSON.stringify({ patient: { kind: "file" }, split: "val" }));
  form.append(
    "images",
    await file(
      disc.map((inside) => 60 + 100 * inside),
      "scan.png",
    ),
  );
  form.append("images", new File(["not an image"], "notes.txt"));
  form.append(
    "masks",
    await file(
      disc.map((inside) => 255 * inside),
      "scan.png",
    ),
  );
  const started = await api.request("/api/imports", { method: "POST", body: form });
  expect(started.status).toBe(200);
  const { importId } = (await started.json()) as { importId: number };
  const state = await session.open.importJob(importId).ended;
  expect(state).toMatchObject({ state: "done", imported: 1, masks: 1, total: 2 });
  expect(state.refused.map(({ file, problem }) => [file, problem.code])).toEqual([["notes.txt", "unsupported-file"]]);
  expect(await read(client.imports[":id"].$get({ param: { id: String(importId) } }))).toEqual(state);
  expect(await read(client.frames.$get())).toMatchObject([{ name: "scan.png", split: "val", annotation: "imported" }]);
});

test("a second import of the same folder stores nothing twice", async () => {
  const open = await openProjectWithImages(2);
  const again = await importPaths(open, [join(open.folder, "images")], join(open.folder, "masks"));
  expect(again).toMatchObject({ state: "done", imported: 0, duplicates: 4, refused: [] });
  expect((await read(open.client.project.$get())).counts.frames).toBe(4);
});

test("masks within the folder of images are not imported as images", async () => {
  const open = openSession();
  await open.client.project.create.$post({ json: { path: join(open.folder, "a.aliquot"), classes: ["lesion"] } });
  const set = join(open.folder, "set");
  const { masks } = await writeImages(set, 1);
  expect(await importPaths(open, [set], masks)).toMatchObject({ imported: 2, masks: 2, duplicates: 0, refused: [] });
});

test("what happens is streamed as events", async () => {
  const { api, client, session } = await openProjectWithImages();
  const response = await api.request("/api/events");
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(": listening\n\n");
  await client.classes.$post({ json: { name: "edema" } });
  const { value } = await reader.read();
  expect(value).toMatch(/^event: changed\ndata: \{"what":\[.*"project".*\]\}\n\n$/);
  await session.close();
  while (!(await reader.read()).done);
});

test("an export names its files, and does not overwrite unasked", async () => {
  const { client, folder } = await openProjectWithImages();
  const json = { format: "png" as const, dir: join(folder, "out") };
  const report = await read(client.exports.$post({ json }));
  expect(report.files).toHaveLength(3);
  writeFileSync(join(folder, "out", report.files[0]!), "changed by someone");
  await expect(client.exports.$post({ json })).rejects.toMatchObject({ name: "Problem" });
  expect((await read(client.exports.$post({ json: { ...json, overwrite: true } }))).files).toEqual(report.files);
});

test("the list by columns and rows by id say what the list of rows says, and a stroke tells of its row alone", async () => {
  const { client, session } = await openProjectWithImages(3);
  const rows = await read(client.frames.$get());
  expect(frameRows(await read(client.frames.columns.$get()))).toEqual(rows);
  expect(rows.some(({ annotatedAt }) => annotatedAt !== null)).toBe(true);
  const [first, , third] = rows;
  const ids = `${third!.frameId},999,${first!.frameId}`;
  expect(await read(client.frames.rows.$get({ query: { ids } }))).toEqual([third, first]);

  const told: EventMap["changed"][] = [];
  session.listeners.on((event) => event.type === "changed" && told.push(event.data));
  session.open.project.cases.setSplit(first!.caseId, "test");
  // Told together with what the import changed last.
  await expect.poll(() => told.at(-1)).toEqual({ what: expect.arrayContaining(["project", "frames"]) as string[] });
  session.open.project.annotations.undo(first!.frameId);
  await expect.poll(() => told.at(-1)).toEqual({ what: ["frames"], frameIds: [first!.frameId] });
});
