/** @file Trouble with the project's file as the API meets it: copies, reopening, requests of a window that shows another project. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import type { EventMap, RunRow } from "../../src-main/api/contract.ts";
import { read } from "../../src-main/app/client.ts";
import { openProjectWithImages } from "./fixture.ts";

/** A dot on a frame of 64 x 64. */
function dot(index: number): Uint8Array<ArrayBuffer> {
  const map = createLabelMap(64, 64);
  map.data[index] = 1;
  return encodeLabelMap(map);
}

test("a change for another project is refused, one for a copy of the same is not", async () => {
  const { api, client, folder, session } = await openProjectWithImages();
  const { projectId } = await read(client.project.$get());
  const put = (base: number, project: string) =>
    api.request(`/api/frames/1/mask?base=${base}`, {
      method: "PUT",
      body: dot(base),
      headers: { "Aliquot-Project": project },
    });
  const before = (await read(client.frames[":id"].undo.$post({ param: { id: "1" }, query: {} }))).revisionId;
  expect(await (await put(before, "0123456789abcdef")).json()).toMatchObject({ code: "project-closed" });
  expect((await put(before, projectId)).status).toBe(200);
  const progress: EventMap["copy"][] = [];
  session.listeners.on((event) => {
    if (event.type === "copy") progress.push(event.data);
  });
  const copy = await read(client.project.copy.$post({ json: { path: join(folder, "copy") } }));
  expect(copy).toMatchObject({ projectId, path: join(folder, "copy.aliquot"), readOnly: null });
  expect(progress.length).toBeGreaterThan(0);
  await client.project.close.$post();
  expect(await (await put(before, projectId)).json()).toMatchObject({ code: "project-closed" });
});

test("a copy that fails leaves the project open and working", async () => {
  const { client, folder, session, path } = await openProjectWithImages();
  const taken = client.project.copy.$post({ json: { path } });
  await expect(taken).rejects.toMatchObject({ code: "project-exists" });
  const nowhere = client.project.copy.$post({ json: { path: join(folder, "no", "such") } });
  await expect(nowhere).rejects.toMatchObject({ code: "file-unreadable" });
  expect((await read(client.project.$get())).path).toBe(path);
  session.open.project.probe();
});

test("a project whose open file went stale is opened again, if its place holds all of it", async () => {
  const { client, path, session } = await openProjectWithImages();
  const { project } = session.open;
  const earlier = `${path}-earlier`;
  const endings = ["", "-wal"].filter((ending) => existsSync(path + ending));
  for (const ending of endings) copyFileSync(path + ending, earlier + ending);
  project.classes.add({ name: "later" });
  const whole = `${path}-whole`;
  for (const ending of endings) copyFileSync(path + ending, whole + ending);
  const place = (from: string): void => {
    for (const ending of ["", "-wal", "-shm"]) rmSync(path + ending, { force: true });
    for (const ending of endings) copyFileSync(from + ending, path + ending);
  };
  const again = () => client.project.open.$post({ json: { path } });
  // What lies there knows less than what was told as stored: it must not take its place.
  place(earlier);
  await expect(again()).rejects.toMatchObject({ code: "project-gone" });
  expect(session.open.project).toBe(project);
  place(whole);
  expect(await read(again())).toMatchObject({ path, readOnly: null });
  expect(session.open.project.classes.list().map(({ name }) => name)).toEqual(["lesion", "later"]);
  session.open.project.probe();
});

test("a run goes on later when its project cannot be written for a while", async () => {
  const { client, folder, session } = await openProjectWithImages(3);
  const drive = join(folder, "drive");
  mkdirSync(drive);
  await read(client.project.copy.$post({ json: { path: join(drive, "study") } }));
  await client.split.$post({ json: { train: 1, val: 1, test: 0, seed: 1 } });
  const settings = { size: 64, width: 8, depth: 2, steps: 5000, batchSize: 2, validateEvery: 5000 };
  const { runId } = await read(client.runs.$post({ json: { method: "segment", settings } }));
  const told: RunRow[] = [];
  session.listeners.on((event) => {
    if (event.type === "run") told.push(event.data);
  });
  await expect.poll(() => told.at(-1)?.step ?? 0, { timeout: 30_000 }).toBeGreaterThan(0);
  renameSync(drive, `${drive} away`);
  await expect
    .poll(() => told.at(-1), { timeout: 30_000 })
    .toMatchObject({
      state: "interrupted",
      problem: { code: "project-gone" },
    });
  renameSync(`${drive} away`, drive);
  const state = () => session.open.project.runs.list().find((run) => run.runId === runId)?.state;
  await expect.poll(state, { timeout: 10_000 }).toBe("interrupted");
  expect(session.open.queue.resume(runId).state).toBe("queued");
});
