import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "electron-vite";

/** Each entry is a file of src-main/app: a door, or a process that a door starts. */
const entries = [
  "start",
  "electron",
  "browser",
  "cli",
  "run-process",
  "inference-process",
  "decode-process",
  "check-process",
];

export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      rollupOptions: {
        input: Object.fromEntries(entries.map((name) => [name, `src-main/app/${name}.ts`])),
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      rollupOptions: {
        input: { index: "src-preload/index.ts" },
        // A sandboxed preload script must be CommonJS.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: "src-renderer",
    build: { outDir: "out/renderer", rollupOptions: { input: { index: "src-renderer/index.html" } } },
    plugins: [svelte()],
  },
});
