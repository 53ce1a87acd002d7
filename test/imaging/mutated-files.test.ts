/**
 * @file Mutated files: none crashes a decoder, hangs it, fills memory, or shows bytes that are not of the file; each error names
 * what is wrong. `ALIQUOT_MUTANTS=10000` makes as many variants as it says, `ALIQUOT_MUTANTS_FROM` starts at
 * another one; without them a few hundred.
 */
import { createHash } from "node:crypto";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import {
  basicProfile,
  createDecodePool,
  type DecodePool,
  decodeSource,
  forkDecodeProcess,
} from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { bombs, type Mutant, mutant, seedFiles } from "./mutants.ts";

const count = Number(process.env["ALIQUOT_MUTANTS"] ?? 300);
const first = Number(process.env["ALIQUOT_MUTANTS_FROM"] ?? 0);
/**
 * Of the check, seconds for one file on a machine that does nothing else. Where more runs than there are cores for, everything takes as much
 * longer, sound files too: then as many times more. Two decoders are busy for the test itself.
 */
const TIME_LIMIT = 2 * Math.max(1, (loadavg()[0]! + 2) / availableParallelism());
const MEMORY_LIMIT = 512 * 2 ** 20;
const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
const deidentify = { ...basicProfile, secret: Uint8Array.of(1) };

/** What went wrong that must not; null for a picture or a fair refusal. */
function verdict(error: unknown): string | null {
  if (!(error instanceof Problem)) return String(error);
  const { code, detail } = error;
  if (code === "time-limit") return "hangs";
  if (error.title.includes("too much memory")) return "takes too much memory";
  if (detail === undefined || detail.length < 10) return `does not name what is wrong: ${error.title}`;
  if (detail.includes("stopped unexpectedly")) return "crashes";
  // What the pool says when a decoder throws something else than a Problem.
  if (detail === "Its content cannot be decoded.")
    return `throws ${String((error.cause as Error | undefined)?.message)}`;
  return null;
}

/** A digest of all that the decoder makes of the file. */
async function digestOf(pool: DecodePool, { bytes, fileName, as }: Mutant): Promise<string> {
  const read = await (as === "labels"
    ? pool.labels(bytes, { fileName })
    : as === "directory"
      ? pool.directory(bytes, { fileName })
      : pool.inspect(bytes, { fileName, deidentify }));
  const hash = createHash("sha256");
  const text = JSON.stringify(read, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    hash.update(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    return value.byteLength;
  });
  return hash.update(text).digest("hex");
}

/** Two decoders whose fresh memory is filled with `poison` by the C library (glibc; elsewhere it is what it is). */
function poisonedPool(poison: number): { pool: DecodePool; mostMemory: () => number } {
  const children: (() => number | null)[] = [];
  let most = 0;
  const watch = setInterval(() => {
    for (const resident of children) most = Math.max(most, resident() ?? 0);
  }, 20);
  const spawn = () => {
    process.env["MALLOC_PERTURB_"] = String(poison);
    const child = forkDecodeProcess(entry);
    delete process.env["MALLOC_PERTURB_"];
    children.push(() => child.residentBytes());
    return child;
  };
  const pool = createDecodePool({ spawn, processes: 2, timeLimit: TIME_LIMIT, memoryLimit: MEMORY_LIMIT });
  const close = async (): Promise<void> => {
    clearInterval(watch);
    await pool.close();
  };
  return { pool: { ...pool, close }, mostMemory: () => most };
}

/** The frames of the bytes among `filling`: what a reader that steps over their ends would see. */
async function framesAmong({ fileName, bytes }: Mutant, filling: number): Promise<Buffer[]> {
  const around = new Uint8Array(bytes.length + 2 * 65_536).fill(filling);
  around.set(bytes, 65_536);
  const { frames } = await decodeSource(around.subarray(65_536, 65_536 + bytes.length), { fileName });
  return frames.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
}

it("every seed is sound: what is refused is refused for its damage", async () => {
  const { pool } = poisonedPool(0);
  const refused: string[] = [];
  for (const [index, seed] of (await seedFiles()).entries()) {
    await digestOf(pool, seed).catch((error: unknown) => refused.push(`${index} ${seed.fileName}: ${String(error)}`));
  }
  await pool.close();
  expect(refused).toEqual([]);
}, 60_000);

it(
  `${count} mutated files and bombs: pictures or refusals, within 2 s and 512 MiB each`,
  async () => {
    const seeds = await seedFiles();
    const large = await bombs();
    const files = [
      ...large.map((file) => ({ file, name: file.fileName })),
      ...Array.from({ length: count }, (_, index) => {
        const file = mutant(seeds, first + index);
        return { file, name: `mutant ${first + index} (${file.fileName})` };
      }),
    ];
    const failures: string[] = [];
    let slowest = { name: "", took: 0 };
    const decodeAll = async (pool: DecodePool, ordered: typeof files): Promise<Map<string, string>> => {
      const digests = new Map<string, string>();
      const queue = ordered.values();
      const work = async (): Promise<void> => {
        for (const { file, name } of queue) {
          const started = performance.now();
          try {
            digests.set(name, await digestOf(pool, file));
          } catch (error) {
            const wrong = verdict(error);
            if (wrong !== null) failures.push(`${name}: ${wrong}`);
          }
          const took = performance.now() - started;
          if (took > slowest.took) slowest = { name, took };
        }
      };
      await Promise.all([work(), work()]);
      await pool.close();
      return digests;
    };
    const [one, other] = [poisonedPool(0x55), poisonedPool(0xb7)];
    const digests = await decodeAll(one.pool, files);
    for (const { fileName, opens } of large) {
      if (opens === true && !digests.has(fileName)) failures.push(`${fileName}: does not open`);
    }
    // Backwards: what is left of the file before is of another one now.
    const decoded = files.filter(({ name }) => digests.has(name)).reverse();
    const again = await decodeAll(other.pool, decoded);
    for (const [name, digest] of digests) {
      if (again.get(name) !== digest) failures.push(`${name}: depends on what lay in memory before`);
    }
    for (const [index, { file, name }] of decoded.entries()) {
      if (file.as !== undefined || file.opens === true || index % 4 !== 0) continue;
      const [zeros, ones] = [await framesAmong(file, 0x00), await framesAmong(file, 0xff)];
      if (!zeros.every((frame, at) => frame.equals(ones[at]!))) failures.push(`${name}: shows bytes beside the file`);
    }
    const most = Math.max(one.mostMemory(), other.mostMemory());
    console.log(
      `mutants from ${first}: ${digests.size} decoded the same in other memory and among other bytes, ${files.length - digests.size} refused; ` +
        `slowest ${Math.round(slowest.took)} ms (${slowest.name}) of ${TIME_LIMIT.toFixed(1)} s, most memory of a decoder ${Math.round(most / 2 ** 20)} MiB`,
    );
    expect(failures).toEqual([]);
  },
  60_000 * TIME_LIMIT + 100 * count,
);
