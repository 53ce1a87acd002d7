/** @file Asks a process of its own what an ONNX file is: it is from elsewhere, and may take the process down. */
import { askAboutFiles, endsOfLooking } from "./backbone-process.ts";
import type { ChildProcessLike, RunReport } from "./messages.ts";

/** Throws `Problem` for a file that is no trunk. */
export function lookAtTrunk(
  child: ChildProcessLike,
  path: string,
  signal: AbortSignal,
): Promise<Extract<RunReport, { kind: "trunk-seen" }>> {
  return askAboutFiles(child, { kind: "look-at-trunk", path }, "trunk-seen", {
    signal,
    ends: endsOfLooking("trunk"),
  });
}
