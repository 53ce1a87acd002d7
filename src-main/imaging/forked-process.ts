/** @file A child process of Node's fork, as those who give it work see it: messages, its end, its memory. */
import type { ChildProcess, Serializable } from "node:child_process";
import { readFileSync } from "node:fs";

/** Memory page of all systems that show /proc the Linux way on the machines we run on, bytes. */
const PAGE_BYTES = 4096;

export interface ForkedProcess<Task, Reply> {
  postMessage(task: Task): void;
  onMessage(listener: (reply: Reply) => void): void;
  /** Called once, also when the process could not be started. */
  onExit(listener: () => void): void;
  kill(): void;
  /** Memory that it holds now, bytes; null where the system does not tell. */
  residentBytes(): number | null;
}

/** Messages cross by structured clone: `child` was forked with `serialization: "advanced"`. */
export function forkedProcess<Task, Reply>(child: ChildProcess): ForkedProcess<Task, Reply> {
  return {
    // A child that just died cannot take the message; its exit is told by onExit.
    postMessage: (task) => void child.send(task as Serializable, () => undefined),
    onMessage: (listener) => void child.on("message", (reply) => listener(reply as Reply)),
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
