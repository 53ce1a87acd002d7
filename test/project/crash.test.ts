import { fork } from "node:child_process";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openProject } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { addFrame, newProject } from "./fixture.ts";

const KILLS = 10;

/** Lets a process draw until `strokes` were reported and `delayMs` more have passed, kills it, and returns all reported. */
function drawUntilKilled(projectPath: string, strokes: number, delayMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const stored: number[] = [];
    const child = fork(new URL("./stroke-process.ts", import.meta.url), [projectPath], { stdio: "pipe", execArgv: [] });
    let errors = "";
    child.stderr!.on("data", (text) => (errors += String(text)));
    child.on("message", (revisionId: number) => {
      stored.push(revisionId);
      if (stored.length === strokes) setTimeout(() => child.kill("SIGKILL"), delayMs);
    });
    child.on("close", (_, signal) => (signal === "SIGKILL" ? resolve(stored) : reject(new Error(errors))));
  });
}

it("a kill at any moment loses no stroke that was reported as stored", async () => {
  const project = newProject();
  const frameId = addFrame(project);
  project.close();
  const random = new Random(3, "kill");
  for (let kill = 0; kill < KILLS; kill++) {
    const stored = await drawUntilKilled(project.path, 5, random.between(0, 20));
    // The lock went with the process, so this opening may write.
    const again = openProject(project.path);
    expect(again.readOnly).toBeNull();
    for (const revisionId of stored) expect(again.annotations.revision(revisionId).length).toBeGreaterThan(0);
    // One more may have been stored than could be reported.
    expect(again.annotations.head(frameId) - stored.at(-1)!).toBeOneOf([0, 1]);
    again.close();
    const database = new Database(project.path);
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(database.pragma("foreign_key_check")).toEqual([]);
    database.close();
  }
});

it("an action on several frames is on all of them or on none after a kill, and undone as one", async () => {
  const project = newProject();
  const frameIds = ["a_1", "b_1", "c_1"].map((name) => addFrame(project, name));
  project.close();
  const random = new Random(5, "kill");
  for (let kill = 0; kill < 4; kill++) {
    await drawUntilKilled(project.path, 3, random.between(0, 20));
    const { annotations, ...again } = openedAgain(project.path);
    const masks = (): string[] => frameIds.map((frameId) => String(annotations.mask(frameId)));
    const before = masks();
    expect(new Set(before).size).toBe(1);
    expect(annotations.undo(frameIds[kill % 3]!).group).toEqual({ frameIds, kept: 0 });
    expect(new Set(masks()).size).toBe(1);
    expect(masks()[0]).not.toBe(before[0]);
    annotations.redo(frameIds[(kill + 1) % 3]!);
    expect(masks()).toEqual(before);
    again.close();
  }
});

function openedAgain(path: string) {
  const project = openProject(path);
  return { annotations: project.annotations, close: () => project.close() };
}
