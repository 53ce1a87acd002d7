import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProject, openProject, snapshotPath } from "../../src-main/project/index.ts";
import { addFrame, digestOf, maskOf, newImage, newProject, temporaryFolder } from "./fixture.ts";

/** Opening must fail with this code and leave the file and its folder as they were. */
function expectUntouched(file: string, code: string): void {
  const digest = digestOf(file);
  const beside = fs.readdirSync(path.dirname(file));
  expect(() => openProject(file)).toThrow(expect.objectContaining({ name: "Problem", code }));
  expect(digestOf(file)).toBe(digest);
  expect(fs.readdirSync(path.dirname(file)).filter((name) => !name.endsWith("-lock"))).toEqual(
    beside.filter((name) => !name.endsWith("-lock")),
  );
}

/** A closed project with some pages. */
function closedProject({ sourceBytes: length = 20_000 } = {}): string {
  const project = newProject();
  for (let index = 0; index < 20; index++) {
    const sourceBytes = Buffer.alloc(length, index);
    project.images.add(newImage(`p${index}_1`, { sourceBytes }));
  }
  project.close();
  return project.path;
}

describe("a file that is not ours", () => {
  it.each([
    ["text", Buffer.from("Dear colleague, please find attached the images that we talked about on the phone.")],
    ["zeros", Buffer.alloc(4096)],
    ["a PNG", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")],
  ])("is refused and left alone: %s", (_, bytes) => {
    const file = path.join(temporaryFolder(), "study.aliquot");
    fs.writeFileSync(file, bytes);
    expectUntouched(file, "not-a-project");
  });

  it("is refused and left alone: another program's SQLite file in WAL mode", () => {
    const file = path.join(temporaryFolder(), "study.aliquot");
    const database = new Database(file);
    database.pragma("journal_mode = WAL");
    database.exec("CREATE TABLE patient (name TEXT)");
    database.close();
    expectUntouched(file, "not-a-project");
  });

  it("missing file and folder each get a clear problem", () => {
    const folder = temporaryFolder();
    expect(() => openProject(path.join(folder, "none.aliquot"))).toThrow("none.aliquot: there is no such project.");
    expect(() => openProject(folder)).toThrow(expect.objectContaining({ code: "file-unreadable" }));
    expect(() => createProject(path.join(folder, "no", "such.aliquot"), { classes: [] })).toThrow("cannot be created");
  });
});

describe("a damaged project", () => {
  it("is refused and left alone, wherever it was cut", () => {
    const whole = fs.readFileSync(closedProject());
    for (const length of [0, 10, 16, 99, 100, 512, 4096, 8192, whole.length >> 1, whole.length - 1]) {
      const file = path.join(temporaryFolder(), "cut.aliquot");
      fs.writeFileSync(file, whole.subarray(0, length));
      expectUntouched(file, "corrupt-file");
    }
  });

  it("is refused and left alone when pages inside were overwritten", () => {
    const file = closedProject();
    const bytes = fs.readFileSync(file);
    bytes.fill(0xa5, 8192, 4 * 8192);
    fs.writeFileSync(file, bytes);
    expectUntouched(file, "corrupt-file");
  });
});

describe("versions", () => {
  it("a project of a newer version is refused and left alone", () => {
    const file = closedProject();
    const database = new Database(file);
    database.pragma("user_version = 9000");
    database.close();
    expectUntouched(file, "newer-project");
    expect(() => openProject(file)).toThrow("Update the app");
  });

  it("a project whose newer version is only in its write-ahead log is refused too", () => {
    const file = closedProject();
    const writer = new Database(file);
    writer.pragma("user_version = 9000");
    expect(() => openProject(file)).toThrow(expect.objectContaining({ code: "newer-project" }));
    writer.close();
  });
});

describe("one writer", () => {
  it("a second window reads only, until the first closes", () => {
    const first = newProject();
    const frameId = addFrame(first);
    const second = openProject(first.path);
    expect(second.readOnly).toBe("It is open in another window.");
    expect(second.summary().readOnly).toBe("It is open in another window.");
    expect(() => second.annotations.write(frameId, maskOf(1, 1), { origin: "drawn" })).toThrow(
      expect.objectContaining({ code: "project-locked" }),
    );
    first.annotations.write(frameId, maskOf(1, 2), { origin: "drawn" });
    expect(second.annotations.mask(frameId)).toEqual(maskOf(1, 2));
    second.close();
    first.close();
    const third = openProject(first.path);
    expect(third.readOnly).toBeNull();
    third.close();
  });

  it("a project opened only to be read says so and leaves the writing to others", () => {
    const { path: file, close } = closedAndReadOnly();
    const writer = openProject(file);
    expect(writer.readOnly).toBeNull();
    writer.close();
    close();
  });

  it("a new project never replaces a file that is there", () => {
    const file = path.join(temporaryFolder(), "notes.aliquot");
    fs.writeFileSync(file, "mine");
    expect(() => createProject(file, { classes: [] })).toThrow(expect.objectContaining({ code: "project-exists" }));
    expect(fs.readFileSync(file, "utf8")).toBe("mine");
  });

  it("a new project whose classes are refused leaves nothing behind", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "study.aliquot");
    expect(() => createProject(file, { classes: ["same", "Same"] })).toThrow("already a class");
    expect(fs.readdirSync(folder)).toEqual(["study.aliquot-lock"]);
    createProject(file, { classes: ["one"] }).close();
  });

  function closedAndReadOnly(): { path: string; close: () => void } {
    const file = closedProject();
    const reader = openProject(file, { readOnly: true });
    expect(() => reader.classes.add({ name: "x" })).toThrow(expect.objectContaining({ code: "read-only" }));
    return { path: file, close: () => reader.close() };
  }
});

describe("snapshots", () => {
  it("are taken at opening when something was edited, and the last three are kept", async () => {
    const file = closedProject();
    const states: string[] = [];
    for (let opening = 0; opening < 5; opening++) {
      const project = openProject(file);
      states.push((await project.snapshot).state);
      project.classes.add({ name: `class ${opening}` });
      project.close();
    }
    expect(states).toEqual(Array.from({ length: 5 }, () => "taken"));
    expect([1, 2, 3, 4].map((index) => fs.existsSync(snapshotPath(file, index)))).toEqual([true, true, true, false]);
    expect(fs.existsSync(`${file}-backup-new`)).toBe(false);

    const restored = path.join(path.dirname(file), "restored.aliquot");
    fs.copyFileSync(snapshotPath(file, 1), restored);
    const project = openProject(restored);
    expect(project.classes.list().at(-1)!.name).toBe("class 3");
    expect(project.images.frames()).toHaveLength(20);
    project.close();
  });

  it("are not taken again while nothing was edited", async () => {
    const file = closedProject();
    for (const expected of ["taken", "unchanged"]) {
      const project = openProject(file);
      expect((await project.snapshot).state).toBe(expected);
      project.close();
    }
  });

  it("hold the state at opening while work goes on", async () => {
    const file = closedProject({ sourceBytes: 500_000 });
    const project = openProject(file);
    while (!fs.existsSync(`${file}-backup-new`)) await new Promise((resolve) => setImmediate(resolve));
    project.classes.add({ name: "during" });
    expect((await project.snapshot).state).toBe("taken");
    project.close();
    const snapshot = openProject(snapshotPath(file, 1), { readOnly: true });
    expect(snapshot.classes.list().map(({ name }) => name)).toEqual(["lesion", "organ"]);
    snapshot.close();
    const again = openProject(file);
    expect((await again.snapshot).state).toBe("taken");
    again.close();
  });

  it("end when the project closes", async () => {
    const file = closedProject({ sourceBytes: 500_000 });
    const project = openProject(file);
    while (!fs.existsSync(`${file}-backup-new`)) await new Promise((resolve) => setImmediate(resolve));
    project.close();
    expect((await project.snapshot).state).toBe("cancelled");
    expect(fs.readdirSync(path.dirname(file)).filter((name) => name.includes("backup"))).toEqual([]);
  });

  it("tell when they fail, and the project stays usable", async () => {
    const file = closedProject();
    fs.mkdirSync(`${file}-backup-new`);
    fs.writeFileSync(path.join(`${file}-backup-new`, "in the way"), "");
    const problems: string[] = [];
    const project = openProject(file, { onSnapshotProblem: (problem) => problems.push(problem.title) });
    expect((await project.snapshot).state).toBe("failed");
    expect(problems).toEqual(["study.aliquot: no snapshot could be taken."]);
    project.classes.add({ name: "still works" });
    project.close();
  });
});

/** A disk of 3 MB, or null with the reason printed. */
function tinyDisk(): string | null {
  const folder = temporaryFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0) {
    console.log(`skipped: a small disk cannot be mounted here: ${mounted.error?.message ?? mounted.stderr.trim()}`);
    return null;
  }
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

describe("a full disk", () => {
  it("is told as such; what was stored stays, and work goes on when there is space", ({ skip }) => {
    const folder = tinyDisk();
    if (folder === null) return skip("mounting is not permitted");
    const project = newProject(folder);
    const frameId = addFrame(project);
    project.annotations.write(frameId, maskOf(1, 7), { origin: "drawn" });
    const filling = path.join(folder, "filling");
    fs.writeFileSync(filling, Buffer.alloc(1_000_000));
    let stored = 0;
    expect(() => {
      for (; stored < 1000; stored++)
        project.images.add(newImage(`i${stored}`, { sourceBytes: noise(50_000, stored) }));
    }).toThrow(expect.objectContaining({ code: "disk-full" }));
    expect(project.images.frames()).toHaveLength(stored + 1);
    expect(project.annotations.mask(frameId)).toEqual(maskOf(1, 7));
    fs.rmSync(filling);
    project.annotations.write(frameId, maskOf(1, 8), { origin: "drawn" });
    project.close();
    const again = openProject(project.path);
    expect(again.annotations.mask(frameId)).toEqual(maskOf(1, 8));
    expect(again.images.frames()).toHaveLength(stored + 1);
    again.close();
  });

  it("stops a snapshot before it fills the disk", async ({ skip }) => {
    const folder = tinyDisk();
    if (folder === null) return skip("mounting is not permitted");
    newProject(folder).close();
    const project = openProject(path.join(folder, "study.aliquot"));
    expect(await project.snapshot).toMatchObject({ state: "failed", problem: { code: "disk-full" } });
    project.close();
  });

  it("leaves nothing of a project that could not be created", ({ skip }) => {
    const folder = tinyDisk();
    if (folder === null) return skip("mounting is not permitted");
    fs.writeFileSync(path.join(folder, "filling"), Buffer.alloc(3 * 2 ** 20 - 40_000));
    expect(() => newProject(folder)).toThrow(expect.objectContaining({ code: "disk-full" }));
    expect(fs.readdirSync(folder).sort()).toEqual(["filling", "study.aliquot-lock"]);
  });
});

function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, value = seed + 1; index < length; index++) {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = value >>> 16;
  }
  return bytes;
}
