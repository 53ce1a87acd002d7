/**
 * @file Entry of the child process that looks through a large project before it is opened. Started through Node's fork or Electron's
 * utilityProcess; ends with its one answer.
 */
import { type CheckTask, serveCheck } from "../project/index.ts";

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };

if (parentPort !== undefined) {
  serveCheck({
    postMessage: (reply) => parentPort.postMessage(reply),
    onMessage: (listener) => parentPort.on("message", ({ data }) => listener(data as CheckTask)),
  });
} else {
  process.on("disconnect", () => process.exit()); // never outlive the app
  serveCheck({
    postMessage: (reply) => void process.send?.(reply),
    onMessage: (listener) => void process.on("message", (task) => listener(task as CheckTask)),
  });
}
