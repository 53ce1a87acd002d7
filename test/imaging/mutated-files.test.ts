/**
 * @file Mutated files: none crashes a decoder, hangs it, fills memory, or shows bytes that are not of the file; each error names
 * what is wrong. `ALIQUOT_MUTANTS=10000` makes as many variants as it says, `ALIQUOT_MUTANTS_FROM` starts at
 * another one; without them a few hundred.
 */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createDecodePool, decodeSource, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { bombs, type Mutant, mutant, seedFiles } from "./mutants.ts";

const count = Number(process.env["ALIQUOT_MUTANTS"] ?? 300);
const first = Number(process.env["ALIQUOT_MUTANTS_FROM"] ?? 0);
/** Of the check, for one file. */
const TIME_LIMIT = 2;
const MEMORY_LIMIT = 512 * 2 ** 20;
const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));

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

/** The same bytes among `filling`: what a reader that leaves the file would see. */
function surrounded(bytes: Uint8Array, filling: number): Uint8Array {
  const around = new Uint8Array(bytes.length + 2 * 65_536).fill(filling);
  around.set(bytes, 65_536);
  return around.subarray(65_536, 65_536 + bytes.length);
}

async function pixelsOf({ fileName, bytes }: Mutant, filling: number): Promise<Buffer[]> {
  const { frames } = await decodeSource(surrounded(bytes, filling), { fileName });
  return frames.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
}

it(
  `${count} mutated files and bombs: pictures or refusals, within ${TIME_LIMIT} s and 512 MiB each`,
  async () => {
    let peak = 0;
    const residents = new Set<() => number | null>();
    const spawn = () => {
      const child = forkDecodeProcess(entry);
      residents.add(() => child.residentBytes());
      return child;
    };
    const pool = createDecodePool({ spawn, processes: 2, timeLimit: TIME_LIMIT, memoryLimit: MEMORY_LIMIT });
    const watch = setInterval(() => {
      for (const resident of residents) peak = Math.max(peak, resident() ?? 0);
    }, 20);
    const seeds = await seedFiles();
    const files = [...bombs(), ...Array.from({ length: count }, (_, index) => first + index)];
    const failures: string[] = [];
    const outcomes = { decoded: 0, refused: 0, compared: 0 };
    let slowest = 0;
    const queue = files.values();
    const work = async (): Promise<void> => {
      for (const each of queue) {
        const file = typeof each === "number" ? mutant(seeds, each) : each;
        const name = typeof each === "number" ? `mutant ${each} (${file.fileName})` : file.fileName;
        const started = performance.now();
        try {
          if (file.isLabels) {
            await pool.labels(file.bytes, { fileName: file.fileName });
            outcomes.decoded++;
            continue;
          }
          const { frames } = await pool.inspect(file.bytes, { fileName: file.fileName });
          outcomes.decoded++;
          if (frames.length <= 16 && outcomes.decoded % 4 === 0) {
            outcomes.compared++;
            const [zeros, ones] = [await pixelsOf(file, 0x00), await pixelsOf(file, 0xff)];
            if (!zeros.every((frame, index) => frame.equals(ones[index]!)))
              failures.push(`${name}: shows bytes beside the file`);
          }
        } catch (error) {
          outcomes.refused++;
          const wrong = verdict(error);
          if (wrong !== null) failures.push(`${name}: ${wrong}`);
        }
        slowest = Math.max(slowest, performance.now() - started);
      }
    };
    try {
      await Promise.all([work(), work()]);
    } finally {
      clearInterval(watch);
      await pool.close();
    }
    const { decoded, refused, compared } = outcomes;
    console.log(
      `mutants: ${decoded} decoded (${compared} compared among other bytes), ${refused} refused; ` +
        `slowest ${Math.round(slowest)} ms, most memory of a decoder ${Math.round(peak / 2 ** 20)} MiB`,
    );
    expect(failures).toEqual([]);
  },
  30_000 + 100 * count,
);
