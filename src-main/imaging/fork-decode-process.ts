/**
 * @file A decoding process started by Node's child_process; Electron's door starts it by utilityProcess instead.
 */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { DecodeProcess, DecodeReply } from "./decode-messages.ts";

/** Memory page of all systems that show /proc the Linux way on the machines we run on, bytes. */
const PAGE_BYTES = 4096;

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
  return {
    // A child that just died cannot take the message; its exit is reported by onExit.
    postMessage: (task) => void child.send(task, () => undefined),
    onMessage: (listener) => void child.on("message", (reply) => listener(reply as DecodeReply)),
    onExit(listener) {
      let hasExited = false;
      const exitOnce = (): void => {
        if (!hasExited) listener();
        hasExited = true;
      };
      child.on("exit", exitOnce);
      child.on("error", exitOnce);
    },
    kill: () => void child.kill("SIGKILL"),
    residentBytes: () => (child.pid === undefined ? null : residentBytesOf(child.pid)),
  };
}

/** Resident memory of a process by /proc (Linux), bytes; null on other systems and for processes that are gone. */
export function residentBytesOf(pid: number): number | null {
  if (process.platform !== "linux") return null;
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : null;
  } catch {
    return null; // the process has ended between two looks
  }
}
