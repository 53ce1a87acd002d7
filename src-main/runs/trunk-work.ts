/** @file An ONNX trunk looked at in a worker process: files from elsewhere are opened there alone. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { lookAtTrunkFile } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { RunReport } from "./messages.ts";

/** Throws `Problem` where the file cannot be read or is no trunk. */
export async function seeTrunk(path: string): Promise<RunReport> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        code: "file-unreadable",
        title: `${basename(path)}: the file cannot be read.`,
        detail: `The system says ${cause.code ?? "an error"}.`,
        hint: "Check that it is there and that you may read it, then try again.",
      },
      { cause },
    );
  });
  return { kind: "trunk-seen", record: await lookAtTrunkFile(bytes, basename(path)), bytes };
}
