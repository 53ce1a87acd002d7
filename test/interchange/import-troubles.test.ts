import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDecodePool, type DecodePool, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { importImages, type ImportReport, listImportFiles } from "../../src-main/interchange/index.ts";
import { type Project, sha256 } from "../../src-main/project/index.ts";
import { writeSamplesPng } from "../imaging/png-writer.ts";
import { newProject, temporaryFolder } from "../project/fixture.ts";

let pool: DecodePool;

beforeAll(() => {
  const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });
});
afterAll(() => pool.close());

/** A PNG of one gray level. */
const png = (level: number): Buffer => writeSamplesPng(new Uint8Array(60).fill(level), { width: 10, height: 6 });

/** `count` files in a new folder; returns it and their paths. */
function folderOf(count: number): { folder: string; files: string[] } {
  const folder = temporaryFolder();
  const files = Array.from({ length: count }, (_, index) =>
    path.join(folder, `p${String(index).padStart(3, "0")}.png`),
  );
  for (const [index, file] of files.entries()) fs.writeFileSync(file, png(index % 200));
  return { folder, files };
}

async function run(
  project: Project,
  paths: string[],
  options: Partial<Parameters<typeof importImages>[0]> = {},
): Promise<ImportReport> {
  const { items, refused } = await listImportFiles(paths);
  return importImages({ project, pool, items, refused, patient: { kind: "file" }, ...options });
}

it("a folder that vanishes in the midst: what came in stays, each of the others is named, and a second import brings them", async () => {
  const { folder, files } = folderOf(120);
  const away = `${folder}-unplugged`;
  const project = newProject();
  const report = await run(project, [folder], {
    onProgress: () => {
      if (fs.existsSync(folder)) fs.renameSync(folder, away);
    },
  });
  expect(report.state).toBe("done");
  expect(report.imported).toBeGreaterThan(0);
  expect(report.refused.length).toBeGreaterThan(0);
  expect(report.imported + report.refused.length).toBe(files.length);
  expect(report.refusedCount).toBe(report.refused.length);
  const [{ file, problem }] = report.refused as [ImportReport["refused"][number]];
  expect(problem).toMatchObject({
    code: "file-unreadable",
    title: `${file}: it cannot be read.`,
    detail: "The system says ENOENT.",
    hint: expect.stringContaining("import it again") as string,
  });
  fs.renameSync(away, folder);
  const again = await run(project, [folder]);
  expect([again.imported, again.duplicates]).toEqual([report.refused.length, report.imported]);
  expect(project.images.frames()).toHaveLength(files.length);
});

it("a file that changes after it was listed is stored and known as it was read", async () => {
  const { folder, files } = folderOf(1);
  const { items } = await listImportFiles([folder]);
  fs.writeFileSync(files[0]!, png(250));
  const project = newProject();
  await importImages({ project, pool, items, patient: { kind: "file" } });
  const { imageId, frameId } = project.images.frames()[0]!;
  expect(project.images.sourceSha(imageId)).toBe(sha256(png(250)));
  const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
  const { data } = await pool.pixels(bytes, { fileName, frame: frameIndex });
  expect(new Set(data)).toEqual(new Set([250]));
});

it("links in circles end: a folder is listed once, a link to itself is refused", async () => {
  const { folder } = folderOf(2);
  fs.symlinkSync(folder, path.join(folder, "up"));
  fs.symlinkSync(path.join(folder, "itself.png"), path.join(folder, "itself.png"));
  const report = await run(newProject(), [folder]);
  expect(report.imported).toBe(2);
  expect(report.refused).toMatchObject([
    { file: "itself.png", problem: { code: "file-unreadable", detail: "The system says ELOOP." } },
  ]);
});

it("files of one name in many folders all come in", async () => {
  const folder = temporaryFolder();
  for (let index = 0; index < 150; index++) {
    fs.mkdirSync(path.join(folder, `s${index}`));
    fs.writeFileSync(path.join(folder, `s${index}`, "image.png"), png(index));
  }
  const project = newProject();
  expect(await run(project, [folder])).toMatchObject({ state: "done", imported: 150, refusedCount: 0 });
  expect(project.images.frames()).toHaveLength(150);
});

it("what is told while it runs stays small: a hundred refused files are listed, all are counted; the end lists all", async () => {
  const folder = temporaryFolder();
  for (let index = 0; index < 400; index++) fs.writeFileSync(path.join(folder, `n${index}.txt`), "no image");
  const told: ImportReport[] = [];
  const report = await run(newProject(), [folder], { onProgress: (state) => told.push(state) });
  const running = told.filter(({ state }) => state === "running");
  expect(Math.max(...running.map(({ refused }) => refused.length))).toBeLessThanOrEqual(100);
  for (const { done, refusedCount } of running) expect(refusedCount).toBe(done);
  expect([report.refused.length, report.refusedCount]).toEqual([400, 400]);
});

it("urgent work goes before what waits, and a file is read by the process where it has a path", async () => {
  const { files } = folderOf(6);
  const order: string[] = [];
  const single = createDecodePool({
    spawn: () => forkDecodeProcess(fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url))),
    processes: 1,
  });
  const inspect = (file: string, isUrgent: boolean) =>
    single.inspect({ path: file }, { fileName: path.basename(file) }, { isUrgent }).then(({ sourceSha256 }) => {
      expect(sourceSha256).toBe(sha256(fs.readFileSync(file)));
      order.push(path.basename(file));
    });
  await Promise.all(files.map((file, index) => inspect(file, index === 5)));
  expect(order).toEqual(["p000.png", "p005.png", "p001.png", "p002.png", "p003.png", "p004.png"]);
  const missing = single.inspect({ path: "/nowhere/a.png" }, { fileName: "a.png" });
  await expect(missing).rejects.toMatchObject({ code: "file-unreadable", detail: "The system says ENOENT." });
  await single.close();
});
