import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Hundreds of processes are started from source: their types are stripped and their code is compiled once, not by each. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/compiled") };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          env,
          include: ["src-main/**/*.test.ts", "src-renderer/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          testTimeout: 60_000,
          // Left to itself it leaves one core out, which on two cores is half of them.
          maxWorkers: "100%",
        },
      },
      {
        test: {
          // Built entries, real processes, a real Chromium: one file at a time on two cores.
          name: "e2e",
          env,
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // A busy computer answers late; a poll ends as soon as it may, so patience costs nothing.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
