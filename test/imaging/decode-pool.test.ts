/**
 * @file The decode pool with real child processes: results, limits, crashes, abort, and a small seeded fuzz.
 */
import { writeFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import {
  createDecodePool,
  type DecodePool,
  type DecodePoolOptions,
  decodeSource,
  forkDecodeProcess,
} from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { writeTestDicom } from "./dicom-writer.ts";
import { hostileFiles, mutations, noisePng } from "./hostile.ts";
import { pngChunk } from "./png-writer.ts";

const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "aliquot-pool-"));
let pool: DecodePool | null = null;

afterEach(async () => {
  await pool?.close();
  pool = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(options: Partial<DecodePoolOptions> = {}): DecodePool {
  pool = createDecodePool({ spawn: () => forkDecodeProcess(entry), processes: 1, ...options });
  return pool;
}

/** A child that answers as `script` says; it sees `task` and may call `reply`. */
function scripted(name: string, script: string): () => ReturnType<typeof forkDecodeProcess> {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(
    path,
    `const reply = (message) => process.send(message);
     process.on("disconnect", () => process.exit());
     process.on("message", (task) => { ${script} });
     reply({ kind: "ready" });`,
  );
  return () => forkDecodeProcess(path);
}

const source = { fileName: "a.png" };

describe("results", () => {
  it("inspects, decodes frames and masks in a child as in the own process", async () => {
    const { inspect, pixels, mask } = open();
    const png = noisePng();
    const inspected = await inspect(png, source);
    expect(inspected.frames).toMatchObject([{ width: 24, height: 16, sampleType: "uint8" }]);
    expect(inspected.thumbnail.length).toBeGreaterThan(50);
    const [frame] = (await decodeSource(png, source)).frames;
    expect(await pixels(inspected.storedBytes, { ...source, frame: 0 })).toEqual(frame);
    const deep = writeTestDicom([
      [0x00280100, "US", 16],
      [0x00280101, "US", 16],
      [0x00280102, "US", 15],
      [0x7fe00010, "OW", new Uint8Array(24)],
    ]);
    expect((await pixels(deep, { fileName: "a.dcm", frame: 0 })).data).toEqual(new Uint16Array(12));
    const request = { fileName: "m.png", classes: [{ value: 1 }], expected: { width: 2, height: 2 } };
    await expect(mask(png, request)).rejects.toThrow("The mask has 24 x 16 pixels, the image 2 x 2.");
  });

  it("a Problem crosses the border whole", async () => {
    const error: unknown = await open()
      .inspect(Buffer.alloc(0), source)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({
      code: "corrupt-file",
      title: "a.png: the file is damaged.",
      detail: "It is empty: 0 bytes.",
    });
  });

  it("reads files only when a child is free, and all of them", async () => {
    const { inspect } = open({ processes: 2 });
    let held = 0;
    let most = 0;
    const read = async (): Promise<Uint8Array> => {
      most = Math.max(most, ++held);
      return noisePng();
    };
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await inspect(read, source);
        held--;
      }),
    );
    expect(most).toBeLessThanOrEqual(3); // two at work, one just answered
  });

  it("an error while reading the file passes through, and the pool goes on", async () => {
    const { inspect } = open();
    await expect(inspect(() => Promise.reject(new Error("EACCES")), source)).rejects.toThrow("EACCES");
    expect((await inspect(noisePng(), source)).format).toBe("png");
  });
});

describe("trouble costs its own file only", () => {
  it("a file that takes too long is stopped", async () => {
    const spawn = scripted(
      "slow",
      `if (task.fileName !== "slow.png") reply({ kind: "result", result: task.fileName });`,
    );
    const { inspect } = open({ spawn, timeLimit: 0.3 });
    const slow = inspect(noisePng(), { fileName: "slow.png" });
    const next = inspect(noisePng(), { fileName: "next.png" });
    await expect(slow).rejects.toMatchObject({ code: "time-limit", title: "slow.png: reading takes too long." });
    expect(await next).toBe("next.png");
  });

  it("a child that crashes is replaced", async () => {
    const spawn = scripted(
      "crash",
      `if (task.fileName === "bad.png") process.abort(); reply({ kind: "result", result: task.fileName });`,
    );
    const { inspect } = open({ spawn });
    const bad = inspect(noisePng(), { fileName: "bad.png" });
    const next = inspect(noisePng(), { fileName: "next.png" });
    await expect(bad).rejects.toMatchObject({ code: "corrupt-file" });
    await expect(bad).rejects.toThrow("stopped unexpectedly");
    expect(await next).toBe("next.png");
  });

  it("a child that somebody ends costs no file: each is read again in a fresh one, also while it starts", async () => {
    const children: ReturnType<typeof forkDecodeProcess>[] = [];
    const spawn = scripted("slow-answer", `setTimeout(() => reply({ kind: "result", result: task.fileName }), 150);`);
    const counted = (): ReturnType<typeof spawn> => {
      const child = spawn();
      children.push(child);
      return child;
    };
    const { inspect } = open({ spawn: counted, processes: 2 });
    const names = Array.from({ length: 8 }, (_, index) => `${index}.png`);
    const all = Promise.all(names.map((fileName) => inspect(noisePng(), { fileName })));
    // The first two before they are ready, later ones in the middle of a file; never two in a row for one file.
    for (const place of [0, 1, 3]) {
      await expect.poll(() => children.length, { timeout: 5000 }).toBeGreaterThan(place);
      children[place]!.kill();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    expect(await all).toEqual(names);
    expect(children.length).toBeGreaterThanOrEqual(4);
  });

  it("a bug in a decoder is a Problem for the person and keeps its stack for the log", async () => {
    const spawn = scripted("bug", `reply({ kind: "failure", stack: "TypeError: at line 7" });`);
    const error: unknown = await open({ spawn })
      .inspect(noisePng(), source)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "corrupt-file", cause: { message: "TypeError: at line 7" } });
  });

  it.skipIf(process.platform !== "linux")("a child that takes too much memory is stopped (Linux: /proc)", async () => {
    const script = `if (task.fileName === "big.png") globalThis.held = Buffer.alloc(400 * 2 ** 20, 1);
      else reply({ kind: "result", result: task.fileName });`;
    const { inspect } = open({ spawn: scripted("hog", script), memoryLimit: 300 * 2 ** 20 });
    const big = inspect(noisePng(), { fileName: "big.png" });
    const next = inspect(noisePng(), { fileName: "next.png" });
    await expect(big).rejects.toMatchObject({ code: "image-too-large" });
    await expect(big).rejects.toThrow("stopped at 300 MiB");
    expect(await next).toBe("next.png");
  });

  it("a child that cannot start is a bug, not the file's fault", async () => {
    const { inspect } = open({ spawn: () => forkDecodeProcess(join(folder, "missing.mjs")) });
    const error: unknown = await inspect(noisePng(), source).catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(Problem);
    expect(String(error)).toContain("could not be started");
  });
});

describe("abort and close", () => {
  const stuck = () => scripted("stuck", `if (task.fileName !== "stuck.png") reply({ kind: "result", result: 1 });`);

  it("a waiting file leaves the queue, a running one stops its child", async () => {
    const { inspect } = open({ spawn: stuck() });
    const running = new AbortController();
    const queued = new AbortController();
    const first = inspect(noisePng(), { fileName: "stuck.png" }, { signal: running.signal });
    const second = inspect(noisePng(), source, { signal: queued.signal });
    const third = inspect(noisePng(), source);
    queued.abort();
    await expect(second).rejects.toMatchObject({ code: "cancelled" });
    running.abort();
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    expect(await third).toBe(1);
    await expect(inspect(noisePng(), source, { signal: running.signal })).rejects.toMatchObject({ code: "cancelled" });
  });

  it("close ends running and waiting files and refuses new ones", async () => {
    const { inspect, close } = open({ spawn: stuck() });
    const first = inspect(noisePng(), { fileName: "stuck.png" });
    const second = inspect(noisePng(), source);
    const outcomes = Promise.allSettled([first, second]);
    await close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: "cancelled" } });
    await expect(inspect(noisePng(), source)).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("hostile files through real children", () => {
  it("every hostile file gives its Problem", async () => {
    const { inspect } = open({ processes: 2 });
    await Promise.all(
      hostileFiles().map(async ({ bytes, fileName, code }) => {
        await expect(inspect(bytes, { fileName }), fileName).rejects.toMatchObject({ code });
      }),
    );
  });

  it("hundreds of mutated files give pixels or a Problem, and the pool still works", async () => {
    const { inspect } = open({ processes: 2, timeLimit: 5 });
    const jpeg = await sharp(noisePng()).jpeg().toBuffer();
    const ct = readFileSync(new URL("../fixtures/dicom/pydicom/emri_small.dcm", import.meta.url));
    const png = noisePng(2);
    // Checksums put right again, so that the damage reaches the decompressor.
    const packed = png.subarray(41, png.length - 16);
    const sealed = mutations(packed, 80, "idat").map((content) =>
      Buffer.concat([png.subarray(0, 33), pngChunk("IDAT", content), png.subarray(png.length - 12)]),
    );
    const originals = [
      ["png", png, 120],
      ["jpeg", jpeg, 120],
      ["dicom", writeTestDicom(), 120],
      ["deflated", writeTestDicom([], { isDeflated: true }), 60],
      ["enhanced", ct, 60],
    ] as const;
    const counts = { pixels: 0, problems: 0 };
    await Promise.all(
      [
        ...sealed.map((bytes, index) => [`idat-${index}`, bytes] as const),
        ...originals.flatMap(([name, original, count]) =>
          mutations(original, count, name).map((bytes, index) => [`${name}-${index}`, bytes] as const),
        ),
      ].map(async ([fileName, bytes]) => {
        try {
          const { frames } = await inspect(bytes, { fileName });
          expect(frames.length).toBeGreaterThan(0);
          counts.pixels++;
        } catch (error) {
          expect(error, fileName).toBeInstanceOf(Problem);
          const problem = error as Problem;
          expect(problem.title.startsWith(fileName)).toBe(true);
          // A decoder that throws anything but a Problem, dies or hangs is a bug to be fixed there.
          expect(problem.message, fileName).not.toMatch(/content cannot be decoded|stopped unexpectedly/);
          expect(problem.code, fileName).not.toBe("time-limit");
          counts.problems++;
        }
      }),
    );
    console.log(`mutated files: ${counts.pixels} gave pixels, ${counts.problems} a Problem`);
    expect((await inspect(noisePng(), source)).frames).toHaveLength(1);
  });
});
