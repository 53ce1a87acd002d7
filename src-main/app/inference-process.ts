/**
 * @file Entry of the child process that proposes masks while a person draws. Started through Node's fork or Electron's
 * utilityProcess.
 */
import { type InferenceTask, serveInference } from "../inference/worker.ts";

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };

if (parentPort !== undefined) {
  serveInference({
    postMessage: (reply) => parentPort.postMessage(reply),
    onMessage: (listener) => parentPort.on("message", ({ data }) => listener(data as InferenceTask)),
  });
} else {
  process.on("disconnect", () => process.exit()); // never outlive the app
  serveInference({
    postMessage: (reply) => void process.send?.(reply),
    onMessage: (listener) => void process.on("message", (task) => listener(task as InferenceTask)),
  });
}
