/** @file A small project with generated images, and a queue on it that forks real processes of the sources. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "../../src-main/imaging/index.ts";
import { createProject, type Project, sha256 } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Split } from "../../src-main/api/contract.ts";
import { type ChildProcessLike, createRunQueue, type RunQueue } from "../../src-main/runs/queue.ts";
import { createLabelMap, encodeLabelMap, type Frame, stampDisc } from "../../src-main/voxels/index.ts";
import { fork } from "node:child_process";

/** A bright disc on noise, and where it is. */
export function disc(seed: number, side = 48): { frame: Frame; mask: Uint8Array } {
  const random = new Random(seed, "disc");
  const map = createLabelMap(side, side);
  const center = { x: random.between(side * 0.3, side * 0.7), y: random.between(side * 0.3, side * 0.7) };
  stampDisc(map, center, random.between(side * 0.12, side * 0.25), 1);
  const data = Uint8Array.from(map.data, (value) => (value ? 170 : 70) + Math.round(random.between(-30, 30)));
  const frame: Frame = {
    width: side,
    height: side,
    channels: 1,
    sampleType: "uint8",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
  return { frame, mask: encodeLabelMap(map) };
}

export interface Workshop {
  project: Project;
  queue: RunQueue;
  /** Processes of runs, oldest first. */
  processes: { pid: number; kill(): void; exited: Promise<void> }[];
  spawn(): ChildProcessLike;
  openQueue(): RunQueue;
  add(split: Split | null, options?: { isAnnotated?: boolean; origin?: "drawn" | "imported" }): Promise<number>;
  close(): Promise<void>;
}

/** Adds one image a case, `side` pixels wide and high. Close it at the end. `make`: another project, in a folder of its own. */
export async function openWorkshop(
  counts: Partial<Record<Split, number>> = {},
  options: { memoryLimit?: number; make?: (folder: string) => Promise<Project>; side?: number } = {},
): Promise<Workshop> {
  const { memoryLimit, make = newProject, side } = options;
  const folder = mkdtempSync(join(tmpdir(), "aliquot-runs-"));
  const project = await make(folder);
  const processes: Workshop["processes"] = [];
  const spawn = (): ChildProcessLike => {
    const entry = new URL("../../src-main/app/run-process.ts", import.meta.url).pathname;
    const child = fork(entry, { serialization: "advanced", execArgv: [] });
    const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
    processes.push({ pid: child.pid!, kill: () => void child.kill("SIGKILL"), exited });
    return {
      postMessage: (message) => void child.send(message as object, () => undefined),
      onMessage: (listener) => void child.on("message", listener),
      onExit: (listener) => void child.once("exit", listener),
      kill: () => void child.kill("SIGKILL"),
    };
  };
  const openQueue = (): RunQueue => createRunQueue({ project, spawn, device: "cpu", workFolder: folder, memoryLimit });
  let added = 0;
  const add: Workshop["add"] = async (split, { isAnnotated = split !== "unlabelled", origin = "drawn" } = {}) => {
    const { frame, mask } = disc(++added, side);
    const sourceBytes = await encodePng(frame.data as Uint8Array, frame.width, frame.height, 1);
    const { data: _, ...metadata } = frame;
    const { frameIds } = project.images.add(
      {
        sourceBytes,
        sourceSha256: sha256(sourceBytes),
        fileName: `disc-${added}.png`,
        format: "png",
        modality: null,
        patientKey: null,
        caseName: `case ${added}`,
        thumbnail: sourceBytes,
        frames: [{ ...metadata, window: null }],
      },
      { split },
    );
    if (isAnnotated) project.annotations.write(frameIds[0]!, mask, { origin });
    return frameIds[0]!;
  };
  for (const [split, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index++) await add(split as Split);
  }
  const queue = openQueue();
  return {
    project,
    queue,
    processes,
    spawn,
    openQueue,
    add,
    async close() {
      await queue.close();
      project.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const newProject = (folder: string): Promise<Project> =>
  Promise.resolve(createProject(join(folder, "discs.aliquot"), { classes: ["disc"] }));

/** Resolves when the run has reached `step`. */
export function reaches(queue: RunQueue, runId: number, step: number): Promise<void> {
  return new Promise((resolve) => {
    const off = queue.on((event) => {
      if (event.type !== "run" || event.run.runId !== runId || event.run.step < step) return;
      off();
      resolve();
    });
  });
}

/** Seconds, not minutes: the whole path is what counts. */
export const SMALL = { size: 32, width: 4, depth: 2, batchSize: 2, validateEvery: 10 };
