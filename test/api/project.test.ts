import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { read } from "../../src-main/app/client.ts";
import { openProjectWithImages, openSession } from "./fixture.ts";

test("a session without a project says so, and every noun refuses in one way", async () => {
  const { client, api, folder } = openSession();
  const state = await read(client.session.$get());
  expect(state).toMatchObject({ project: null, recent: [], home: join(folder, "home"), demoAvailable: false });
  for (const path of ["/project", "/frames", "/classes", "/runs", "/models", "/proposals"]) {
    const response = await api.request(`/api${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "not-found", title: "No project is open.", status: 404 });
  }
});

test("a project is created with its extension, remembered, closed and opened again", async () => {
  const { client, folder } = openSession();
  const created = await read(
    client.project.create.$post({ json: { path: join(folder, "study"), classes: ["lesion", "organ"] } }),
  );
  expect(created.path).toBe(join(folder, "study.aliquot"));
  expect(created.classes.map(({ value, name }) => [value, name])).toEqual([
    [1, "lesion"],
    [2, "organ"],
  ]);
  expect((await client.project.close.$post()).status).toBe(204);
  const { project, recent } = await read(client.session.$get());
  expect(project).toBeNull();
  expect(recent).toEqual([{ name: "study", path: created.path }]);
  expect((await read(client.project.open.$post({ json: { path: created.path } }))).name).toBe("study");
});

test("a project that cannot be opened leaves the present one open", async () => {
  const { client, folder } = openSession();
  await client.project.create.$post({ json: { path: join(folder, "good.aliquot"), classes: ["a"] } });
  const foreign = join(folder, "foreign.aliquot");
  writeFileSync(foreign, "no database");
  await expect(client.project.open.$post({ json: { path: foreign } })).rejects.toMatchObject({ code: "not-a-project" });
  await expect(client.project.create.$post({ json: { path: foreign, classes: ["a"] } })).rejects.toMatchObject({
    code: "project-exists",
  });
  expect(readFileSync(foreign, "utf8")).toBe("no database");
  expect((await read(client.project.$get())).name).toBe("good");
});

test("a project open elsewhere opens read-only and refuses changes", async () => {
  const { client, path, folder } = await openProjectWithImages();
  const second = openSession();
  const summary = await read(second.client.project.open.$post({ json: { path } }));
  expect(summary.readOnly).toBe("It is open in another window.");
  expect(summary.counts.frames).toBe(2);
  await expect(second.client.classes.$post({ json: { name: "x" } })).rejects.toMatchObject({ code: "project-locked" });
  await client.project.close.$post();
  expect(existsSync(join(folder, "study.aliquot"))).toBe(true);
});

test("a request that does not fit is told field by field", async () => {
  const { api } = openSession();
  const send = (path: string, body: string) =>
    api.request(`/api${path}`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const relative = await send("/project/create", JSON.stringify({ path: "here.aliquot", classes: [] }));
  expect(relative.status).toBe(400);
  expect(((await relative.json()) as { detail: string }).detail).toMatch(
    /json\.path: expected an absolute path.*json\.classes/,
  );
  const broken = await send("/project/create", "{");
  expect(broken.status).toBe(400);
  expect(await broken.json()).toMatchObject({ code: "bad-request" });
  const large = await send("/project/create", JSON.stringify({ path: "x".repeat(2 ** 20) }));
  expect(large.status).toBe(413);
  expect((await api.request("/api/frames/0/pixels")).status).toBe(400);
  expect((await api.request("/api/nothing")).status).toBe(404);
});

test("a bug answers neutrally and is logged with its stack", async () => {
  const { api, session } = openSession();
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(session, "state").mockImplementation(() => {
    throw new Error("secret detail");
  });
  const response = await api.request("/api/session");
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
  expect(log).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ message: "secret detail" }));
  log.mockRestore();
});

test("folders are listed with projects, and a missing one is refused by name", async () => {
  const { client, folder } = openSession();
  mkdirSync(join(folder, "inner"));
  mkdirSync(join(folder, ".hidden"));
  await client.project.create.$post({ json: { path: join(folder, "a.aliquot"), classes: ["x"] } });
  const listing = await read(client.folders.$get({ query: { path: folder } }));
  expect(listing.projects).toEqual([join(folder, "a.aliquot")]);
  expect(listing.folders).toContain(join(folder, "inner"));
  expect(listing.folders).not.toContain(join(folder, ".hidden"));
  expect(listing.files, "other files only where they are asked for").toEqual([]);
  writeFileSync(join(folder, "run 3.aliquot-result"), "");
  const { files } = await read(client.folders.$get({ query: { path: folder, files: "all" } }));
  expect(files).toContain(join(folder, "run 3.aliquot-result"));
  await expect(client.folders.$get({ query: { path: join(folder, "gone") } })).rejects.toThrow(/gone: the folder/);
});

test("classes are added and changed", async () => {
  const { client } = await openProjectWithImages();
  const added = await read(client.classes.$post({ json: { name: "edema", color: "#00ff00" } }));
  expect(added).toMatchObject({ value: 2, name: "edema", color: "#00ff00" });
  await client.classes[":value"].$patch({ param: { value: "2" }, json: { name: "oedema" } });
  expect((await read(client.classes.$get())).map(({ name }) => name)).toEqual(["lesion", "oedema"]);
});

test("windows are kept under names that are given once, go where the file goes, and are removed", async () => {
  const { client, folder } = openSession();
  await client.project.create.$post({ json: { path: join(folder, "w.aliquot"), classes: ["lesion"] } });
  const sigmoid = { name: "Soft", modality: null, center: 40.5, width: 0.5, function: "SIGMOID" } as const;
  const ours = { name: " Our brain ", modality: "CT", center: 35, width: 95, function: "LINEAR" } as const;
  const kept = await read(client.windows.$post({ json: ours }));
  await client.windows.$post({ json: sigmoid });
  const expected = [
    { windowId: kept.windowId, ...ours, name: "Our brain" },
    { windowId: expect.any(Number), ...sigmoid },
  ];
  expect(await read(client.windows.$get())).toEqual(expected);
  await expect(client.windows.$post({ json: { ...ours, name: "OUR BRAIN" } })).rejects.toMatchObject({
    code: "conflict",
  });
  await expect(client.windows.$post({ json: { ...ours, name: "Thin", width: 0.5 } })).rejects.toMatchObject({
    code: "bad-request",
    title: expect.stringContaining("at least 1") as unknown,
  });
  const copy = await read(client.project.copy.$post({ json: { path: join(folder, "copy.aliquot") } }));
  expect(copy.windows).toEqual(expected);
  await client.windows[":id"].$delete({ param: { id: String(kept.windowId) } });
  expect((await read(client.project.$get())).windows.map(({ name }) => name)).toEqual(["Soft"]);
});

test("cases are split by count and moved one by one", async () => {
  const { client } = await openProjectWithImages(4);
  const { counts } = await read(client.split.$post({ json: { train: 1, val: 1, test: 1, seed: 3 } }));
  expect(counts.bySplit.train).toEqual({ cases: 1, frames: 2, annotated: 2 });
  expect(counts.bySplit.unlabelled).toEqual({ cases: 1, frames: 2, annotated: 0 });
  const [frame] = (await read(client.frames.$get())).filter(({ split }) => split === "train");
  await client.cases[":id"].$patch({ param: { id: String(frame!.caseId) }, json: { split: "test" } });
  expect((await read(client.project.$get())).counts.bySplit.test.cases).toBe(2);
  await expect(client.split.$post({ json: { train: 5, val: 0, test: 0, seed: 1 } })).rejects.toMatchObject({
    code: "not-enough-data",
  });
});
