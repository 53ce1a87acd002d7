/**
 * @file Memory of a training on very many images: 20 000 of 512², of which more are looked at than a training keeps prepared. The most that the process
 * that holds the project took, and the process that trains; from the command line, as a person runs it. Linux alone tells of other processes.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { createProject } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap, stampDisc } from "../../src-main/voxels/index.ts";
import { ownRow, type Row } from "./rows.ts";

const cli = resolve(import.meta.dirname, "../../out/main/cli.js");
const IMAGES = 20_000;
const SIZE = 512;
const PER_CASE = 100;
const VALIDATED = 20;
const IMAGES_AT_ONCE = 500;
/** Enough images for what a training keeps (256 MiB prepared, 320 KiB each at this size) to be full. */
const STEPS = 130;
const SETTINGS = { size: 256, batchSize: 8, width: 4, depth: 3, validateEvery: STEPS };
const POLL_MS = 100;

export async function benchMemory(): Promise<Row[]> {
  if (process.platform !== "linux") {
    console.error("bench: memory is measured on Linux alone.");
    return [];
  }
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-memory-"));
  try {
    const path = join(home, "many.aliquot");
    await makeProject(path);
    const set = Object.entries(SETTINGS).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const args = [
      cli,
      "train",
      path,
      "--method",
      "segment",
      ...set,
      "--steps",
      String(STEPS),
      "--device",
      "cpu",
      "--json",
    ];
    const { main, stdout } = await watched(args, home);
    const { run } = JSON.parse(stdout) as { run: { peakMemoryBytes: number; plannedMemoryBytes: number } };
    const row = (workload: string, bytes: number): Row =>
      ownRow("memory", { workload, unit: "MiB", ours: bytes / 2 ** 20, runs: 1 });
    return [
      row(`train on ${IMAGES} images of ${SIZE}²: most memory of the process that holds the project`, main),
      row("… of the process that trains", run.peakMemoryBytes),
      row("… of that, reckoned before the first step for the network alone", run.plannedMemoryBytes),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Discs on a slope, each image another one. */
async function makeProject(path: string): Promise<void> {
  const project = createProject(path, { classes: ["disc"] });
  const thumbnail = await sharp({ create: { width: 8, height: 8, channels: 3, background: "gray" } })
    .png()
    .toBuffer();
  try {
    for (let first = 0; first < IMAGES; first += IMAGES_AT_ONCE) {
      const count = Math.min(IMAGES_AT_ONCE, IMAGES - first);
      const drawn = await Promise.all(Array.from({ length: count }, (_, place) => draw(first + place)));
      project.edit("add images", () => {
        for (const [place, { png, mask }] of drawn.entries()) {
          const isValidated = first + place < VALIDATED;
          const caseName = isValidated ? "v" : `c${Math.floor((first + place) / PER_CASE)}`;
          const split = isValidated ? "val" : "train";
          const { frameIds } = project.images.add(
            {
              sourceBytes: png,
              sourceSha256: createHash("sha256").update(png).digest("hex"),
              fileName: `${first + place}.png`,
              format: "png",
              modality: null,
              patientKey: caseName,
              caseName,
              thumbnail,
              frames: [
                {
                  width: SIZE,
                  height: SIZE,
                  channels: 1,
                  sampleType: "uint8",
                  photometric: "MONOCHROME2",
                  rescaleSlope: 1,
                  rescaleIntercept: 0,
                  window: null,
                  spacing: null,
                },
              ],
            },
            { split },
          );
          project.annotations.write(frameIds[0]!, mask, { origin: "drawn", base: 0 });
        }
      });
    }
    await project.snapshot;
  } finally {
    project.close();
  }
}

async function draw(index: number): Promise<{ png: Buffer; mask: Uint8Array }> {
  const map = createLabelMap(SIZE, SIZE);
  const at = { x: 80 + ((37 * index) % 350), y: 80 + ((Math.floor(index / 7) * 53) % 350) };
  stampDisc(map, at, 30 + (index % 40), 1);
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let place = 0; place < pixels.length; place++) {
    pixels[place] = 30 + (index % 50) + ((place % SIZE) >> 4) + 90 * map.data[place]!;
  }
  const raw = { width: SIZE, height: SIZE, channels: 1 } as const;
  const png = await sharp(pixels, { raw }).toColourspace("b-w").png({ compressionLevel: 2 }).toBuffer();
  return { png, mask: encodeLabelMap(map) };
}

/** Runs `node ...args`; the most resident memory of that process, bytes. */
async function watched(args: string[], home: string): Promise<{ main: number; stdout: string }> {
  let main = 0;
  let poll: NodeJS.Timeout | undefined;
  const stdout = await new Promise<string>((done, fail) => {
    const env = { ...process.env, XDG_CONFIG_HOME: join(home, "config") };
    const child = execFile(process.execPath, args, { env, maxBuffer: 2 ** 26 }, (error, out, told) => {
      if (error === null) done(out);
      else fail(new Error(`aliquot train failed: ${told}`, { cause: error }));
    });
    poll = setInterval(() => (main = Math.max(main, highWater(child.pid!))), POLL_MS);
  }).finally(() => clearInterval(poll));
  return { main, stdout };
}

/** VmHWM of proc(5); 0 once the process is gone. */
function highWater(pid: number): number {
  try {
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
