/**
 * @file A decoding process started by Node's child_process; Electron's door starts it by utilityProcess instead.
 */
import { fork } from "node:child_process";
import type { DecodeProcess, DecodeReply, DecodeTask } from "./decode-messages.ts";
import { forkedProcess } from "./forked-process.ts";

/**
 * Space for young objects, MiB: a decoder makes few that live, and each MiB is held three times. V8's own choice, 16, takes 40 MB more for
 * the same speed.
 */
const YOUNG_MIB = 2;

export interface ForkOptions {
  /** Largest JavaScript heap, MiB; pixels live outside it. Default 256. */
  heapMiB?: number;
}

/** Starts `entry`, the built src-main/app/decode-process (or its .ts source under Node 24, which strips types). */
export function forkDecodeProcess(entry: string, { heapMiB = 256 }: ForkOptions = {}): DecodeProcess {
  const child = fork(entry, {
    serialization: "advanced",
    execArgv: [`--max-old-space-size=${heapMiB}`, `--max-semi-space-size=${YOUNG_MIB}`],
    // Decoders may write warnings that quote a file; nobody shall find them in a log.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return forkedProcess<DecodeTask, DecodeReply>(child);
}
