/** @file Import of 500 PNG images of 512², beside what the decoder alone needs for the same files. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { Random } from "../../../src-main/random/index.ts";
import { type Row, machineName, median } from "../rows.ts";

const COUNT = 500;
const SIZE = 512;
const RUNS = 3;
const cli = resolve(import.meta.dirname, "../../../out/main/cli.js");
const run = promisify(execFile);

/** Smooth structures with grain: compresses about as a real slice does. */
async function writeImages(folder: string): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < COUNT; index++) {
    const random = new Random(1, "bench-image", index);
    const phase = random.between(0, 6);
    const pixels = new Uint8Array(SIZE * SIZE);
    for (let y = 0; y < SIZE; y++) {
      for (let x = 0; x < SIZE; x++) {
        const structure = 90 + 60 * Math.sin(x / 37 + phase) * Math.cos(y / 29 - phase);
        pixels[y * SIZE + x] = structure + (random.uint32() / 2 ** 32) * 12;
      }
    }
    const file = join(
      folder,
      `patient${String(index >> 4).padStart(2, "0")}_${String(index & 15).padStart(2, "0")}.png`,
    );
    await writeFile(
      file,
      await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 1 } })
        .png()
        .toBuffer(),
    );
    bytes += (await stat(file)).size;
  }
  return bytes;
}

/** Seconds to read and decode all files one after another, nothing else. */
async function decodeAll(folder: string): Promise<number> {
  const start = performance.now();
  for (const name of await readdir(folder))
    await sharp(await readFile(join(folder, name)))
      .raw()
      .toBuffer();
  return (performance.now() - start) / 1000;
}

export async function benchImport(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-"));
  const images = await mkdtemp(join(tmpdir(), "aliquot-bench-images-"));
  try {
    const bytes = await writeImages(images);
    const ours: number[] = [];
    const peers: number[] = [];
    for (let round = 0; round < RUNS; round++) {
      const project = join(folder, `import-${round}.aliquot`);
      await run(process.execPath, [cli, "new", project, "--classes", "structure"]);
      const start = performance.now();
      await run(process.execPath, [cli, "import", project, images, "--json"], { maxBuffer: 2 ** 26 });
      ours.push((performance.now() - start) / 1000);
      peers.push(await decodeAll(images));
    }
    const row = (unit: string, amount: number): Row => ({
      suite: "images",
      workload: `import of ${COUNT} PNG ${SIZE}², whole command`,
      unit,
      ours: amount / median(ours),
      peer: amount / median(peers),
      peerName: "sharp, reading and decoding alone",
      ratio: median(ours.map((seconds, index) => peers[index]! / seconds)),
      runs: RUNS,
      machine: machineName(),
    });
    return [row("images/s", COUNT), row("MB/s", bytes / 1e6)];
  } finally {
    await rm(folder, { recursive: true });
    await rm(images, { recursive: true });
  }
}
