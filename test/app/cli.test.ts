/** @file The command line as a person runs it: a process of its own, files of its own. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import sharp from "sharp";
import { expect, test } from "vitest";
import type { ImportState, ProgramProfile, ProjectSummary } from "../../src-main/api/contract.ts";
import { progressText } from "../../src-main/app/terminal.ts";
import { openProject } from "../../src-main/project/index.ts";
import { drawDisc, root, temporaryFolder, writeImages } from "../api/fixture.ts";

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function commandLine(folder: string) {
  return (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home"), TMPDIR: folder };
      const options = { cwd: folder, env };
      const cli = join(root, "src-main/app/cli.ts");
      const child = execFile(process.execPath, [cli, ...args], options, (_error, stdout, stderr) =>
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
}

test("synthetic pairs that nothing would judge, or of a model that is not there, are refused before there is a run", async () => {
  const aliquot = commandLine(temporaryFolder());
  await aliquot("new", "study.aliquot", "--classes", "lesion");
  const unjudged = await aliquot("synthesise", "study.aliquot", "--judge", "none", "--accept", "0.5");
  expect(unjudged).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("Nothing would measure the alignment that --accept asks for.") as string,
  });
  const unpainted = await aliquot("synthesise", "study.aliquot", "--model", "7", "--judge", "none");
  expect(unpainted).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("The project has no model 7.") as string,
  });
});

test("new, import, split, info and export make the first half of the loop", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeImages(folder, 3);
  expect(await aliquot("new", "study.aliquot", "--classes", "lesion")).toMatchObject({ exitCode: 0 });
  const imported = await aliquot(
    ...["import", "study.aliquot", "images", "--masks", "masks", "--patient-from", "^(p[0-9]+)", "--json"],
  );
  expect(imported.exitCode).toBe(0);
  expect(JSON.parse(imported.stdout) as ImportState).toMatchObject({
    state: "done",
    imported: 6,
    masks: 4,
    refused: [],
  });
  const split = await aliquot(
    ...["split", "study.aliquot", "--train", "1", "--val", "0", "--test", "1", "--unlabelled", "rest", "--seed", "5"],
  );
  expect(split).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("unlabelled 1 case,") as string });
  const info = await aliquot("info", "study.aliquot", "--json");
  expect((JSON.parse(info.stdout) as ProjectSummary).counts).toMatchObject({ cases: 3, frames: 6, annotated: 4 });
  const exported = await aliquot("export", "study.aliquot", "--format", "png", "--out", "out");
  expect(exported).toMatchObject({ exitCode: 0, stdout: `Wrote 5 files to ${join(folder, "out")}.\n` });
  const mask = readdirSync(join(folder, "out"), { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith("p1_0.png"),
  );
  const pixels = await sharp(join(folder, "out", mask!))
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  expect([...pixels].map((value) => Number(value > 0))).toEqual(drawDisc(64, 20, 24, 10));
  expect((await aliquot("runs", "study.aliquot")).stdout).toBe("No runs yet.\n");
});

test("an import can be previewed, and its report read later and saved as a table", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const { images } = await writeImages(folder, 1);
  writeFileSync(join(images, "cut.png"), readFileSync(join(images, "p1_0.png")).subarray(0, 40));
  await aliquot("new", "a.aliquot", "--classes", "x");
  const preview = await aliquot("import", "a.aliquot", images, "--masks", "masks", "--dry-run");
  expect(preview.stdout).toContain("p1_0.png -> p1_0.png");
  expect(preview.stdout).toContain("Nothing was stored. It would import 2 images (2 frames) of 1 patient and 2 masks");
  expect((await aliquot("imports", "a.aliquot")).stdout).toBe("No imports yet.\n");
  await aliquot("import", "a.aliquot", images, "--report", "report.csv", "--retain-dates-shifted", "--keep-file-names");
  expect(readFileSync(join(folder, "report.csv"), "utf8")).toMatch(/^refused,cut\.png,,/m);
  expect((await aliquot("imports", "a.aliquot")).stdout).toMatch(
    /^1 {2}.* done: 2 images \(2 frames\), 0 masks, 1 refused\n$/,
  );
  expect((await aliquot("imports", "a.aliquot", "--show", "1")).stdout).toContain("cut.png:");
  const { stdout } = await aliquot("export", "a.aliquot", "--format", "png", "--dry-run", "--masks", "human");
  expect(stdout).toBe("");
});

test("--split on import assigns the cases imported", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const { images } = await writeImages(folder, 1);
  await aliquot("new", "a.aliquot", "--classes", "x");
  await aliquot("import", "a.aliquot", images, "--split", "test", "--patient-from", "file");
  const info = JSON.parse((await aliquot("info", "a.aliquot", "--json")).stdout) as ProjectSummary;
  expect(info.counts.bySplit.test).toEqual({ cases: 2, frames: 2, annotated: 0 });
});

test.for([
  [],
  ["unknown-command"],
  ["new", "a.aliquot"],
  ["new", "a.aliquot", "--classes", "a,,b"],
  ["info"],
  ["info", "a.aliquot", "--wrong"],
  ["import", "a.aliquot"],
  ["import", "a.aliquot", "x", "--split", "somewhere"],
  ["import", "a.aliquot", "x", "--patient-from", "("],
  ["split", "a.aliquot", "--train", "one", "--val", "1", "--test", "1"],
  ["train", "a.aliquot", "--set", "novalue"],
  ["train", "a.aliquot", "--device", "abacus"],
  ["review", "a.aliquot", "--accept-above", "2"],
  ["export", "a.aliquot", "--format", "png"],
  ["label", "a.aliquot", "--model", "best"],
  ["export-run", "a.aliquot", "1"],
  ["run"],
  ["run", "a.aliquot-run", "--device", "abacus"],
  ["import-run", "a.aliquot"],
  ["translate", "a.aliquot", "--outlines", "--all"],
  ["translate", "a.aliquot", "--outlines", "--model", "latest"],
  ["translate", "a.aliquot", "--outlines", "--from", "T1", "--to", "T2"],
])("wrong usage exits with 2: aliquot %s", async (args) => {
  const folder = temporaryFolder();
  const { exitCode, stdout, stderr } = await commandLine(folder)(...args);
  expect(exitCode).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).not.toBe("");
  expect(readdirSync(folder).filter((name) => name.endsWith(".aliquot"))).toEqual([]);
});

test("help and version exit with 0", async () => {
  const aliquot = commandLine(temporaryFolder());
  expect(await aliquot("--help")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("import") as string });
  expect((await aliquot("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await aliquot("train", "--help")).toMatchObject({ exitCode: 0 });
});

test("a project that cannot be used fails in a sentence naming it", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await aliquot("new", "good.aliquot", "--classes", "x");
  const again = await aliquot("new", "good.aliquot", "--classes", "x");
  expect(again).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("good.aliquot") as string });

  writeFileSync(join(folder, "notes.aliquot"), "just notes");
  const notes = await aliquot("info", "notes.aliquot", "--json");
  expect(notes).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("notes.aliquot") as string });
  expect(JSON.parse(notes.stdout)).toMatchObject({ error: { code: "not-a-project" } });

  const newer = readFileSync(join(folder, "good.aliquot"));
  newer.writeUInt32BE(9999, 60); // user_version in the header. https://www.sqlite.org/fileformat.html#database_header
  writeFileSync(join(folder, "newer.aliquot"), newer);
  const refused = await aliquot("info", "newer.aliquot");
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/newer\.aliquot.*newer/s) as string });
  expect(readFileSync(join(folder, "newer.aliquot"))).toEqual(newer);

  expect(await aliquot("info", "missing.aliquot")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("missing.aliquot") as string,
  });
  expect(existsSync(join(folder, "missing.aliquot"))).toBe(false);
});

test("a project open elsewhere is shown, but not changed", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeImages(folder, 1);
  await aliquot("new", "busy.aliquot", "--classes", "x");
  const held = openProject(join(folder, "busy.aliquot"));
  try {
    expect(await aliquot("info", "busy.aliquot")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("open in another window") as string,
    });
    expect(await aliquot("import", "busy.aliquot", "images")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/busy\.aliquot.*open in another window/) as string,
    });
  } finally {
    held.close();
  }
});

test("files that are no images are refused by name, the others come in", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const { images } = await writeImages(folder, 1);
  const whole = readFileSync(join(images, "p1_0.png"));
  writeFileSync(join(images, "cut.png"), whole.subarray(0, whole.length / 2));
  writeFileSync(join(images, "empty.png"), "");
  writeFileSync(join(images, "letter.png"), "Dear colleague");
  await aliquot("new", "a.aliquot", "--classes", "x");
  const { exitCode, stdout, stderr } = await aliquot("import", "a.aliquot", images, "missing-folder", "--json");
  expect(exitCode).toBe(0);
  const { imported, refused } = JSON.parse(stdout) as ImportState;
  expect(imported).toBe(2);
  expect(refused.map(({ file }) => file).sort()).toEqual(["cut.png", "empty.png", "letter.png", "missing-folder"]);
  for (const { file } of refused) expect(stderr).toContain(`Refused: ${file}`);
  const nothing = await aliquot("import", "a.aliquot", join(images, "empty.png"));
  expect(nothing).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("empty.png") as string });
});

test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
  "an unreadable folder is refused by name",
  async () => {
    const folder = temporaryFolder();
    const aliquot = commandLine(folder);
    mkdirSync(join(folder, "locked"));
    chmodSync(join(folder, "locked"), 0);
    await aliquot("new", "a.aliquot", "--classes", "x");
    const { exitCode, stderr } = await aliquot("import", "a.aliquot", "locked");
    chmodSync(join(folder, "locked"), 0o700);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("locked");
  },
);

test("two modalities are paired by what their import called them, or by a table; troubles are sentences", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await aliquot("new", "study.aliquot", "--classes", "lesion");
  for (const [modality, patients] of [
    ["T1", [1, 2, 3]],
    ["T2", [1, 2]],
  ] as const) {
    mkdirSync(join(folder, modality));
    for (const patient of patients) {
      const shade = modality === "T1" ? 40 * patient : 250 - 40 * patient;
      const image = sharp({
        create: { width: 8, height: 8, channels: 3, background: { r: shade, g: shade, b: shade } },
      });
      writeFileSync(join(folder, modality, `p${patient}_1.png`), await image.png().toBuffer());
    }
    await aliquot(
      "import",
      "study.aliquot",
      modality,
      "--modality",
      modality,
      "--patient-from",
      "(p[0-9])",
      "--split",
      "train",
    );
  }
  // Images of one value: nothing tells how they lie.
  const paired = await aliquot(
    "pair",
    "study.aliquot",
    "--from",
    "T1",
    "--to",
    "T2",
    "--align",
    "rigid",
    "--along-slices",
    "--json",
  );
  expect(JSON.parse(paired.stdout)).toMatchObject({
    ...{ source: "T1", target: "T2", kind: "paired", pairs: 2, missing: 1 },
    alignment: { model: "rigid", moved: 0, unmoved: 0, empty: 2, slices: [] },
  });
  writeFileSync(join(folder, "pairs.csv"), "T2,T1\np2_1.png,p3_1.png\n");
  const tabled = await aliquot("pair", "study.aliquot", "--from", "T1", "--to", "T2", "--table", "pairs.csv");
  expect(tabled).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("counterpart of T2 of the same patient") as string,
  });
  const listed = await aliquot("pair", "study.aliquot");
  expect(listed.stdout).toMatch(/^Pairing 1: T1 and T2, paired: 2 pairs \(train 2, .*\); 1 of T1 without T2\.\n$/);
  const unknown = await aliquot("pair", "study.aliquot", "--from", "CT", "--to", "T2");
  expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("known as CT") as string });
  const untrained = await aliquot("translate", "study.aliquot");
  expect(untrained).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no model yet") as string });
  const carried = await aliquot("translate", "study.aliquot", "--outlines");
  expect(carried.stdout).toBe("Outlines carried to 0 translated images.\n");
});

test("a setting that the method does not have is refused before anything runs", async () => {
  const aliquot = commandLine(temporaryFolder());
  await aliquot("new", "a.aliquot", "--classes", "x");
  const { exitCode, stderr } = await aliquot("train", "a.aliquot", "--set", "magic=1");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/segment has no setting "magic"\. Known: /);
  const never = await aliquot("train", "a.aliquot", "--until", "");
  expect(never.stderr).toMatch(/"" is no hour of the day\..*Write it as 07:00/s);
  const untrained = await aliquot("label", "a.aliquot");
  expect(untrained).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no model yet") as string });
});

test.skipIf(process.platform === "win32")("Ctrl+C ends a training with a checkpoint, and resume goes on", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeImages(folder, 3);
  await aliquot("new", "a.aliquot", "--classes", "x");
  await aliquot("import", "a.aliquot", "images", "--masks", "masks", "--patient-from", "^(p[0-9]+)");
  await aliquot("split", "a.aliquot", "--train", "1", "--val", "1", "--test", "0");
  const small = ["--set", "size=64", "--set", "width=4", "--set", "depth=2", "--set", "batchSize=2", "--steps", "300"];
  const child = spawn(process.execPath, [join(root, "src-main/app/cli.ts"), "train", "a.aliquot", ...small, "--json"], {
    cwd: folder,
    env: { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = text(child.stdout);
  await once(child.stderr, "data"); // the first sign of progress
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(JSON.parse(await stdout)).toMatchObject({ error: { code: "cancelled" } });
  expect((await aliquot("runs", "a.aliquot")).stdout).toMatch(/^1 {2}train +segment +cancelled/);
  const resumed = await aliquot("resume", "a.aliquot", "1", "--json");
  expect(resumed.exitCode).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ run: { state: "done", step: 300 }, model: { runId: 1 } });
});

test("--profile prints where the time of a step goes, by operator and by layer, and leaves no file", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  await writeImages(folder, 3);
  await aliquot("new", "a.aliquot", "--classes", "x");
  await aliquot("import", "a.aliquot", "images", "--masks", "masks", "--patient-from", "^(p[0-9]+)");
  await aliquot("split", "a.aliquot", "--train", "1", "--val", "1", "--test", "0");
  const small = ["--set", "size=64", "--set", "width=4", "--set", "depth=2", "--set", "batchSize=2", "--profile"];
  const profiled = await aliquot("train", "a.aliquot", ...small, "--steps", "10", "--json");
  expect(profiled.exitCode).toBe(0);
  const { profiles } = JSON.parse(profiled.stdout) as { profiles: ProgramProfile[] };
  expect(profiles).toHaveLength(1);
  const { program, runs, runMs, kernelMs, operators, layers } = profiles[0]!;
  expect({ program, runs }).toEqual({ program: "train", runs: 5 });
  expect(kernelMs).toBeGreaterThan(0);
  // A part of a run; but each is told by a clock of its own, and other work comes between.
  expect(kernelMs).toBeLessThan(1.5 * runMs);
  expect(operators.find(({ type }) => type === "Conv")!.callsPerRun).toBeGreaterThan(10);
  const layer = layers.find(({ path }) => path === "network.encoder.1.conv.0")!;
  expect(Math.min(layer.forwardMs, layer.backwardMs, layer.updateMs)).toBeGreaterThan(0);
  const sum = (rows: readonly { ms: number }[]) => rows.reduce((total, { ms }) => total + ms, 0);
  expect(sum(operators)).toBeCloseTo(kernelMs, 6);
  expect(sum(layers)).toBeCloseTo(kernelMs, 6);

  const told = await aliquot("train", "a.aliquot", ...small, "--steps", "9");
  expect(told.stderr).toMatch(/^Memory: about [\d.]+ GiB of [\d.]+ GiB that are free\.$/m);
  expect(told.stdout).toMatch(/^Program train: [\d.]+ ms a run \(5 runs timed\)/m);
  expect(told.stdout).toMatch(/^Conv +CPU +\d+/m);
  expect(told.stdout).toMatch(/^network\.encoder\.0\.conv\.0 +\d+/m);
  expect(readdirSync(folder).filter((name) => name.startsWith("aliquot-profile-"))).toEqual([]);
  const short = await aliquot("train", "a.aliquot", ...small, "--steps", "2");
  expect(short.stdout).toContain("Give it more steps.");
});

test("progress says how far, how long and how well", () => {
  expect(progressText({ label: "train", done: 60, total: 120, secondsLeft: 100, note: "loss 0.3" })).toBe(
    "train ████████████░░░░░░░░░░░░ 60/120 · 1 min 40 s left · loss 0.3",
  );
});

test("a folder of masks that is not there, or holds none, is told in a sentence", async () => {
  const folder = temporaryFolder();
  const aliquot = commandLine(folder);
  const paint = () => aliquot("backbone", "paint", "0123456789abcdef", "--out", "out", "--masks", "masks");
  expect(await paint()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^masks: the folder of masks cannot be read\. The system says ENOENT/) as string,
  });
  mkdirSync(join(folder, "masks/inner.png"), { recursive: true });
  writeFileSync(join(folder, "masks/.DS_Store"), "");
  expect(await paint()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^masks: there are no masks in the folder/) as string,
  });
  writeFileSync(join(folder, "masks/one.png"), "");
  expect((await paint()).stderr).toMatch(/^There is no backbone 0123456789abcdef on this computer/);
});
