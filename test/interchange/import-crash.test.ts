import { fork } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { listImportFiles } from "../../src-main/interchange/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { newProject, temporaryFolder } from "../project/fixture.ts";
import { importInto, poolOfFile } from "./fixture.ts";
import type { ImportNotice } from "./import-process.ts";

const COUNT = 400;
const KILLS = 4;
const size = { width: 20, height: 20 };
const pool = poolOfFile();

/** `COUNT` images that differ, and a mask of each. */
function writeFiles(): { images: string; masks: string } {
  const [images, masks] = [temporaryFolder(), temporaryFolder()];
  for (let index = 0; index < COUNT; index++) {
    const name = `p${String(index).padStart(3, "0")}.png`;
    const samples = new Uint8Array(400).fill(index >> 8, 0, 200).fill(index & 255, 200);
    fs.writeFileSync(path.join(images, name), writeSamplesPng(samples, size));
    fs.writeFileSync(path.join(masks, name), writeSamplesPng(new Uint8Array(400).fill(1, 0, 1 + index), size));
  }
  return { images, masks };
}

/** Kills an import `delayMs` after it has done some files; returns the strokes that were reported as stored. */
function importUntilKilled(args: string[], delayMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const strokes: number[] = [];
    const child = fork(new URL("./import-process.ts", import.meta.url), args, { stdio: "pipe", execArgv: [] });
    let errors = "";
    let isDoomed = false;
    child.stderr!.on("data", (text) => (errors += String(text)));
    child.on("message", (notice: ImportNotice) => {
      if ("revisionId" in notice) strokes.push(notice.revisionId);
      else if (notice.done > 0 && !isDoomed) {
        isDoomed = true;
        setTimeout(() => child.kill("SIGKILL"), delayMs);
      }
    });
    child.on("close", (_, signal) => (signal === "SIGKILL" ? resolve(strokes) : reject(new Error(errors))));
  });
}

it("a kill in the midst of an import loses no stroke and leaves no image without its mask; a second import adds the rest", async () => {
  const { images, masks } = writeFiles();
  const random = new Random(4, "kill-import");
  let drawn = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const project = newProject();
    project.close();
    const strokes = await importUntilKilled([project.path, images, masks], random.between(0, 300));
    drawn += strokes.length;

    const database = new Database(project.path);
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(database.pragma("foreign_key_check")).toEqual([]);
    database.close();
    const again = openProject(project.path);
    expect(again.readOnly).toBeNull();
    const stored = again.images.frames();
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.length).toBeLessThan(COUNT);
    expect(stored.filter(({ annotation }) => annotation === null)).toEqual([]);
    for (const revisionId of strokes) expect(again.annotations.revision(revisionId).length).toBeGreaterThan(0);
    const last = again.annotations.mask(stored[0]!.frameId);

    const { items } = await listImportFiles([images]);
    const report = await importInto(again, pool(), { items, masks: (await listImportFiles([masks])).items });
    expect([report.imported, report.duplicates]).toEqual([COUNT - stored.length, stored.length]);
    expect(again.images.frames().filter(({ annotation }) => annotation === null)).toEqual([]);
    expect(again.images.frames()).toHaveLength(COUNT);
    expect(again.annotations.mask(stored[0]!.frameId)).toEqual(last);
    again.close();
  }
  expect(drawn).toBeGreaterThan(KILLS);
}, 120_000);
