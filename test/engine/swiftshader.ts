/** @file A GPU in software for tests: SwiftShader's Vulkan driver and a loader, from the npm package that carries Chromium. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inflate } from "@sparticuz/chromium";

const ARCHIVE = join(import.meta.dirname, "../../node_modules/@sparticuz/chromium/bin/swiftshader.tar.br");

/** Why there is none on this machine; null: there is. */
export const missing =
  process.platform !== "linux" || process.arch !== "x64"
    ? `SwiftShader is packaged for linux-x64, this is ${process.platform}-${process.arch}`
    : existsSync(ARCHIVE)
      ? null
      : "@sparticuz/chromium is not installed";

/**
 * Runs a TypeScript file of this folder where WebGPU is SwiftShader: the driver must be named before the process starts. Each
 * line that it prints is JSON. Rejects with what it printed as errors if it fails.
 */
export async function runOnSwiftShader<Row>(file: string): Promise<Row[]> {
  const folder = await inflate(ARCHIVE);
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    env: {
      ...process.env,
      VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json"),
      LD_LIBRARY_PATH: [folder, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const rows: Row[] = [];
  for await (const line of createInterface({ input: child.stdout })) rows.push(JSON.parse(line) as Row);
  const code = await ended;
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${errors}`);
  return rows;
}
