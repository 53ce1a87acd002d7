/** @file What goes before a project is open: the check of a large file, a drive that does not answer, the making of the demo. */
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs";
import fs from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { OpeningProgress } from "../../src-main/api/contract.ts";
import type { Session } from "../../src-main/api/index.ts";
import { read } from "../../src-main/app/client.ts";
import { createProject } from "../../src-main/project/index.ts";
import { newImage } from "../project/fixture.ts";
import { drawDisc, grayPng, openSession } from "./fixture.ts";

const MIB = 2 ** 20;
/** More than is checked in the app's own process. */
const LARGE_MIB = 160;

/** A project of one image after the other, of a megabyte each. */
function writeLargeProject(path: string): void {
  const project = createProject(path, { classes: ["lesion"] });
  project.edit("add images", () => {
    for (let index = 0; index < LARGE_MIB; index++) {
      const sourceBytes = randomFillSync(Buffer.alloc(MIB));
      project.images.add(newImage(`${index}`, { sourceBytes, caseName: null }, { width: 8, height: 8 }));
    }
  });
  project.close();
}

/** What is told of openings, in order; `first` resolves with the first word that `isMeant` takes. */
function wordsOf({ listeners }: Session) {
  const words: OpeningProgress[] = [];
  listeners.on((event) => {
    if (event.type === "opening") words.push(event.data);
  });
  const first = (isMeant: (word: OpeningProgress) => boolean): Promise<OpeningProgress> =>
    new Promise((resolve) => {
      const off = listeners.on((event) => {
        if (event.type !== "opening" || !isMeant(event.data)) return;
        off();
        resolve(event.data);
      });
    });
  return { words, first };
}

const refused = (error: unknown): unknown => error;

test("a large project is looked through before it opens, which is cancelled at will, and a damaged one is refused", async () => {
  const { client, session, folder } = openSession();
  const path = join(folder, "large.aliquot");
  writeLargeProject(path);
  await read(client.project.create.$post({ json: { path: join(folder, "small.aliquot"), classes: ["a"] } }));
  const { words, first } = wordsOf(session);

  const begun = first(() => true);
  const cancelled = client.project.open.$post({ json: { path } }).catch(refused);
  expect(await begun).toEqual({ name: "large", counts: "bytes", done: 0, total: 0, secondsLeft: null });
  await client.project.open.cancel.$post();
  expect(await cancelled).toMatchObject({ code: "cancelled", title: "Opening the project was cancelled." });
  expect((await read(client.project.$get())).name, "the present one stays open").toBe("small");

  expect((await read(client.project.open.$post({ json: { path } }))).counts.frames).toBe(LARGE_MIB);
  expect(words.every(({ done, total }) => total === 0 || (done <= total && total === statSync(path).size))).toBe(true);
  await client.project.close.$post();

  // Within the chain of pages that holds one of the images.
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(16, 0xff), 0, 16, 8192 * Math.floor((LARGE_MIB * MIB) / 2 / 8192));
  closeSync(file);
  expect(await client.project.open.$post({ json: { path } }).catch(refused)).toMatchObject({ code: "corrupt-file" });
});

test.skipIf(process.platform === "win32")(
  "a project on a drive that does not answer can be left, and the app goes on",
  async () => {
    const { client, session, folder } = openSession();
    // To open a pipe that nobody writes to hangs, as a file of a lost network drive does.
    const path = join(folder, "lost.aliquot");
    execFileSync("mkfifo", [path]);
    onTestFinished(() => closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK)));
    const { first } = wordsOf(session);
    const begun = first(({ name }) => name === "lost");
    const answer = client.project.open.$post({ json: { path } }).catch(refused);
    await begun;
    expect((await read(client.session.$get())).project, "other requests are answered meanwhile").toBeNull();
    await client.project.open.cancel.$post();
    expect(await answer).toMatchObject({ code: "cancelled" });
    const created = await read(
      client.project.create.$post({ json: { path: join(folder, "next.aliquot"), classes: ["a"] } }),
    );
    expect(created.name).toBe("next");
  },
);

test("an import of a folder on a drive that does not answer is cancelled, and its project closes", async () => {
  const { client, session, folder } = openSession();
  await read(client.project.create.$post({ json: { path: join(folder, "a.aliquot"), classes: ["a"] } }));
  // No folder hangs by itself on every system: the call does, as it would on a lost drive.
  const lost = vi.spyOn(fs, "readdir").mockReturnValue(new Promise<never>(() => undefined));
  onTestFinished(() => lost.mockRestore());
  for (const leave of [
    (id: string) => client.imports[":id"].cancel.$post({ param: { id } }),
    () => session.closeProject(),
  ]) {
    const { importId } = await read(client.imports.folder.$post({ json: { paths: [folder] } }));
    const { ended } = session.open.importJob(importId);
    await vi.waitFor(() => expect(lost).toHaveBeenCalled());
    await leave(String(importId));
    expect(await ended).toMatchObject({ state: "cancelled", problem: null });
    lost.mockClear();
  }
});

/** Eight images with masks, two to each split. */
async function writeDemoFolder(folder: string): Promise<void> {
  const names = Array.from({ length: 8 }, (_, index) => `p${index}_0`);
  for (const kind of ["images", "masks"]) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (const [index, name] of names.entries()) {
      const disc = drawDisc(32, 8 + index, 16, 6);
      const grey =
        kind === "masks" ? disc.map((inside) => 255 * inside) : disc.map((inside, at) => 100 * inside + (at % 50));
      writeFileSync(join(folder, kind, `${name}.png`), await grayPng(grey));
    }
  }
  const [train, val, test, unlabelled] = [0, 2, 4, 6].map((from) => names.slice(from, from + 2));
  writeFileSync(
    join(folder, "demo.json"),
    JSON.stringify({ classes: ["disc"], splits: { train, val, test, unlabelled } }),
  );
}

test("the demo is there whole or not at all: cancelled or closed half-way it leaves nothing", async () => {
  const log = vi.spyOn(console, "error");
  const demoFolder = join(openSession().folder, "demo");
  await writeDemoFolder(demoFolder);
  const { client, session, folder } = openSession({ demoFolder });
  const home = join(folder, "home");
  const { words, first } = wordsOf(session);
  const cancelHow = [() => client.project.open.cancel.$post(), () => session.close()];

  const whole = await read(client.project.demo.$post({ json: {} }));
  expect(whole).toMatchObject({
    name: "Demo",
    counts: { frames: 8, annotated: 6, bySplit: { unlabelled: { frames: 2 } } },
  });
  expect(words.filter(({ counts }) => counts === "images").every(({ total }) => total === 0 || total === 8)).toBe(true);
  await client.project.close.$post();

  const before = readdirSync(home).toSorted();
  for (const cancel of cancelHow) {
    const begun = first(({ name }) => name === "Demo 2");
    const answer = client.project.demo.$post({ json: {} }).catch(refused);
    await begun;
    await cancel();
    expect(await answer).toMatchObject({ code: "cancelled" });
    expect(readdirSync(home).toSorted()).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith("demo-"))).toEqual([]);
  }
  expect(log).not.toHaveBeenCalled();
});
