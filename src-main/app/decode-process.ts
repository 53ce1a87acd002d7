/**
 * @file Entry of the decoding child process: the only place where untrusted files are parsed.
 * Started by imaging's forkDecodeProcess (Node) or by utilityProcess (Electron).
 */
import { type DecodeTask, serveDecoding } from "../imaging/index.ts";

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };

if (parentPort !== undefined) {
  serveDecoding({
    postMessage: (reply) => parentPort.postMessage(reply),
    onMessage: (listener) => parentPort.on("message", ({ data }) => listener(data as DecodeTask)),
  });
} else {
  process.on("disconnect", () => process.exit()); // never outlive the app
  serveDecoding({
    postMessage: (reply) => void process.send?.(reply),
    onMessage: (listener) => void process.on("message", (task) => listener(task as DecodeTask)),
  });
}
