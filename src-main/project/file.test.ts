import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, it } from "vitest";
import { ProjectFile } from "./file.ts";
import { migrate, migrations } from "./migrations/index.ts";

const opened: { database: Database.Database; folder: string }[] = [];

afterEach(() => {
  for (const { database, folder } of opened.splice(0)) {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

function newFile(): { database: Database.Database; file: ProjectFile } {
  const folder = mkdtempSync(join(tmpdir(), "aliquot-file-"));
  const filePath = join(folder, "study.aliquot");
  const database = new Database(filePath);
  opened.push({ database, folder });
  migrate(database);
  database.exec("INSERT INTO project (id, created_at) VALUES (1, '2026-01-01')");
  return { database, file: new ProjectFile(database, filePath, null) };
}

it("a full database is told as a full disk and keeps what it had", () => {
  const { database, file } = newFile();
  database.pragma(`max_page_count = ${(database.pragma("page_count", { simple: true }) as number) + 4}`);
  const store = (name: string): void =>
    file.edit("store", [], () => {
      file.run("INSERT INTO blob VALUES (?, ?)", name, Buffer.alloc(6000, name));
    });
  store("a");
  expect(() => {
    for (let index = 0; index < 10; index++) store(`b${index}`);
  }).toThrow(expect.objectContaining({ name: "Problem", code: "disk-full" }));
  database.pragma("max_page_count = 1000");
  store("c");
  expect(file.get("SELECT 1 FROM blob WHERE sha256 = 'a'")).toBeDefined();
});

it("a write outside of an edit is a bug", () => {
  const { file } = newFile();
  expect(() => file.run("DELETE FROM blob")).toThrow("outside of edit");
});

it("migrations bring an empty file to the newest version, once", () => {
  const { database } = newFile();
  expect(database.pragma("user_version", { simple: true })).toBe(migrations.length);
  migrate(database);
  expect(database.pragma("user_version", { simple: true })).toBe(migrations.length);
  expect(database.pragma("foreign_key_check")).toEqual([]);
});

it("what older versions wrote of a run as sentences is kept, in their order", () => {
  const database = new Database(":memory:");
  migrate(database, 18);
  const insert = database.prepare(
    `INSERT INTO run (kind, method, state, settings, seed, device, steps, created_at, snapshot, remarks, device_reason)
     VALUES ('train', 'bcp', 'done', '{}', 1, 'cpu', 4, '', '{}', ?, ?)`,
  );
  insert.run('["First {n}.", "Then."]', "webgpu: no GPU found; using cpu");
  insert.run("[]", null);
  migrate(database);
  const rows = database.prepare("SELECT remarks, device_reason AS reason FROM run ORDER BY id").all();
  const statement = (text: string) => ({ text, values: {} });
  expect(
    (rows as { remarks: string; reason: string }[]).map(({ remarks, reason }) =>
      [remarks, reason].map((each) => JSON.parse(each) as unknown),
    ),
  ).toEqual([
    [[statement("First {n}."), statement("Then.")], [statement("webgpu: no GPU found; using cpu")]],
    [[], null],
  ]);
});

it("a migration that fails leaves the version before it", () => {
  const database = new Database(":memory:");
  database.exec("CREATE TABLE run (id INTEGER)");
  expect(() => migrate(database)).toThrow("already exists");
  expect(database.pragma("user_version", { simple: true })).toBe(0);
  expect(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get()).toBe(1);
});

it("revisions and decisions cannot be changed", () => {
  const { database } = newFile();
  database.pragma("foreign_keys = OFF");
  database.exec(
    `INSERT INTO mask_revision (frame_id, origin, created_at, is_deflated, label_map) VALUES (1, 'drawn', '', 0, x'00');
     INSERT INTO review_decision (proposal_id, decision, decided_at) VALUES (1, 'rejected', '')`,
  );
  expect(() => database.exec("UPDATE mask_revision SET origin = 'accepted'")).toThrow("append-only");
  expect(() => database.exec("UPDATE review_decision SET decision = 'accepted'")).toThrow("append-only");
});

it("edits that may reach the disk soon leave strokes as durable as before, also after a failure", () => {
  const { database, file } = newFile();
  const level = (): unknown => database.pragma("synchronous", { simple: true });
  database.pragma("synchronous = FULL");
  const full = level();
  const during = file.edit("many", [], level, "soon");
  expect(during).not.toBe(full);
  expect(level()).toBe(full);
  expect(() => file.edit("fails", [], () => file.run("INSERT INTO nothing VALUES (1)"), "soon")).toThrow("nothing");
  expect(level()).toBe(full);
  expect(file.edit("outer", [], () => file.edit("inner", [], level, "soon"))).toBe(full);
  file.settle();
});
