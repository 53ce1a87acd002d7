/**
 * @file Painting on a machine whose memory ends while it paints: a process of its own may take only so much address space, so that ONNX Runtime's own
 * allocations really fail. Linux alone has that limit.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const child = new URL("./out-of-memory-child.ts", import.meta.url).pathname;

// Where what is left is too little for the C library itself the process dies, which is no answer: then it is asked again.
test.runIf(process.platform === "linux")(
  "goes on with fewer pictures at a time, and paints all of them",
  { timeout: 120_000, retry: 2 },
  async () => {
    // V8 compiles as little as it can, or its own compiler is what finds no room.
    const quiet = ["--no-opt", "--no-maglev", "--no-sparkplug"];
    const { stdout } = await run(process.execPath, [...quiet, child], { timeout: 100_000 });
    const { failed, later, ...found } = JSON.parse(stdout) as { failed: string; later: number };
    expect(failed).toMatch(/alloc|memory/i);
    expect(found).toEqual({ painted: 8, isSame: true });
    // What found no memory once is not tried again.
    expect(later).toBeLessThan(8);
  },
);
