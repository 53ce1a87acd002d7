/** @file What a report says of the machine: hardware and versions, no names. */
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Installation } from "./installation.ts";

export function describeMachine({ root, version }: Installation): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return {
    Processor: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} threads`,
    Memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    System: `${platform()} ${release()} ${arch()}`,
    Aliquot: version,
    "ONNX Runtime": dependencies["onnxruntime-node"] ?? "unknown",
    "Node.js": process.versions.node,
  };
}
