/** @file A project of series of balls as files, put together by the command line. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Split } from "../../src-main/api/contract.ts";
import { root } from "../api/fixture.ts";
import { writeNifti } from "../imaging/nifti-writer.ts";
import { ball, BALL_SIZE } from "../methods/balls.ts";

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export type CommandLine = (...args: string[]) => Promise<Ended>;

/** The sources' command line in a folder. */
export function commandLine(folder: string): CommandLine {
  return (...args) =>
    new Promise((resolve) => {
      const env = { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home"), TMPDIR: folder };
      const cli = join(root, "src-main/app/cli.ts");
      const child = execFile(process.execPath, [cli, ...args], { cwd: folder, env }, (_error, stdout, stderr) =>
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
}

/** Standard output of commands that must not fail. */
export function succeeding(aliquot: CommandLine): (...args: string[]) => Promise<string> {
  return async (...args) => {
    const { exitCode, stdout, stderr } = await aliquot(...args);
    if (exitCode !== 0) throw new Error(`aliquot ${args.join(" ")}: ${exitCode}\n${stderr}`);
    return stdout;
  };
}

/** Slices as one NIfTI file of 1 × 1 × `step` mm. */
export function niftiOf(
  planes: readonly { data: ArrayLike<number>; width: number; height: number }[],
  { datatype, step = 2 }: { datatype: number; step?: number },
): Buffer {
  const { width, height } = planes[0]!;
  const values = planes.flatMap(({ data }) => Array.from(data));
  const sform = [
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [0, 0, step, 0],
  ];
  return writeNifti({
    size: [width, height, planes.length],
    datatype,
    values,
    pixdim: [1, 1, 1, step],
    units: 2,
    sform,
  });
}

export interface BallSeries {
  seed: number;
  split: Split;
  /** [slices, rows, columns]. */
  size?: readonly [number, number, number];
  /** mm from slice to slice. */
  step?: number;
}

/** Makes `balls.aliquot` of class "ball", one patient for each series; the unlabelled ones have no masks. */
export async function makeBallProject(folder: string, series: readonly BallSeries[]): Promise<void> {
  const ok = succeeding(commandLine(folder));
  await ok("new", "balls.aliquot", "--classes", "ball");
  for (const split of new Set(series.map((one) => one.split))) {
    const [images, masks] = [join(folder, split, "images"), join(folder, split, "masks")];
    for (const path of [images, masks]) mkdirSync(path, { recursive: true });
    for (const { seed, size = BALL_SIZE, step = 2 } of series.filter((one) => one.split === split)) {
      const { frames, labelMaps } = ball(seed, size);
      writeFileSync(join(images, `p${seed}.nii`), niftiOf(frames as never, { datatype: 4, step }));
      if (split !== "unlabelled") writeFileSync(join(masks, `p${seed}.nii`), niftiOf(labelMaps, { datatype: 2, step }));
    }
    const withMasks = split === "unlabelled" ? [] : ["--masks", masks];
    await ok("import", "balls.aliquot", images, ...withMasks, "--split", split, "--patient-from", "^(p[0-9]+)");
  }
}

export const BALLS: readonly BallSeries[] = [
  { seed: 0, split: "train" },
  { seed: 1, split: "train" },
  { seed: 2, split: "val" },
  { seed: 3, split: "test" },
  { seed: 4, split: "unlabelled" },
  { seed: 5, split: "unlabelled" },
  { seed: 6, split: "unlabelled" },
];

/** Patches and a network that take a hundredth of a second. */
export const SMALL_VOLUMES = {
  dimensions: "3",
  size: 16,
  slices: 8,
  width: 4,
  depth: 3,
  learningRate: 0.01,
  validateEvery: 40,
} as const;

export const setOf = (settings: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
