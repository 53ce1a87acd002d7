/**
 * @file Ours in the decode benchmark, a process of its own on one thread: bytes in memory to frames, as a decoding process of the app
 * does it. Protocol: that of peers/pydicom_decode.py; the line "all" asks for all.dcm, the file that holds every frame; "inspect" for
 * what import wants of the files; "pool" for their frames through a decode pool of two processes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  createDecodePool,
  decodeFrame,
  decodeSource,
  forkDecodeProcess,
  inspectSource,
} from "../../../src-main/imaging/index.ts";

const [folder, least] = [process.argv[2]!, Number(process.argv[3])];
const names = readdirSync(folder).filter((name) => /^\d.*\.dcm$/.test(name));
const files = names.toSorted().map((name) => readFileSync(join(folder, name)));
const whole = join(folder, "all.dcm");
const all = existsSync(whole) ? readFileSync(whole) : null;

const decodeFiles = async (): Promise<void> => {
  for (const file of files) await decodeFrame(file, { fileName: "slice", frame: 0 });
};
const decodeAll = async (): Promise<void> => {
  await decodeSource(all!, { fileName: "series" });
};
const inspectFiles = async (): Promise<void> => {
  for (const file of files) await inspectSource(file, { fileName: "slice" });
};
const entry = resolve(import.meta.dirname, "../../../src-main/app/decode-process.ts");
const pool = createDecodePool({ spawn: () => forkDecodeProcess(entry), processes: 2 });
const decodeInPool = async (): Promise<void> => {
  await Promise.all(files.map((file) => pool.pixels(file, { fileName: "slice", frame: 0 })));
};
const tasks: Readonly<Record<string, () => Promise<void>>> = {
  files: decodeFiles,
  all: decodeAll,
  inspect: inspectFiles,
  pool: decodeInPool,
};

async function passes(decode: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let total = 0; total < least; total += times.at(-1)!) {
    const start = performance.now();
    await decode();
    times.push(performance.now() - start);
  }
  return times;
}

const { data } = await decodeFrame(files[0]!, { fileName: "slice", frame: 0 });
await passes(decodeFiles); // warm: a decoding process reads many files
if (all !== null) await decodeAll();
const sum = Array.from(data).reduce((total, sample) => total + sample, 0);
console.log(JSON.stringify({ name: "Aliquot", sum, size: data.length }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ passes: await passes(tasks[line]!) }));
}
await pool.close();
