import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSession } from "./fixture.ts";

const json = { "content-type": "application/json" };

test("a change of preferences keeps the others, and outlives the session", async () => {
  const { api, folder } = openSession();
  const change = (body: object) =>
    api.request("/api/preferences", { method: "PATCH", headers: json, body: JSON.stringify(body) });
  expect((await change({ theme: "dark" })).status).toBe(200);
  expect((await change({ keys: { "tool.brush": ["Q"] } })).status).toBe(200);
  const expected = {
    theme: "dark",
    language: "system",
    tour: "new",
    notifications: "ask",
    keys: { "tool.brush": ["Q"] },
    recentCommands: [],
    proposeAhead: true,
    trainingsAtOnce: 1,
  };
  expect(await (await api.request("/api/preferences")).json()).toEqual(expected);
  expect(JSON.parse(readFileSync(join(folder, "config/preferences.json"), "utf8"))).toEqual(expected);
  expect((await change({ theme: "pink" })).status).toBe(400);
});

test("a broken file counts as empty, a folder that cannot be made is told", async () => {
  const { api, folder } = openSession();
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config/preferences.json"), "{");
  expect(await (await api.request("/api/preferences")).json()).toMatchObject({ theme: "system" });
  const other = openSession();
  writeFileSync(join(other.folder, "config"), "a file where the folder would be");
  const answer = await other.api.request("/api/preferences", { method: "PATCH", headers: json, body: "{}" });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await answer.json()).toMatchObject({ title: "The settings cannot be stored." });
});
