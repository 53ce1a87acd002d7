/**
 * @file Entry of the child process that trains, predicts and evaluates. Started by the run queue, through Node's fork or
 * Electron's utilityProcess.
 */
import { join } from "node:path";
import { personFolders } from "./installation.ts";
import { type RunCommand, serveRun } from "../runs/worker.ts";

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): void;
}

const { config } = personFolders(process.env);
const places = { tuningFile: join(config, "tuning.json") };

const { parentPort } = process as unknown as { parentPort?: ParentPort };

if (parentPort !== undefined) {
  serveRun(
    {
      postMessage: (report) => parentPort.postMessage(report),
      onMessage: (listener) => parentPort.on("message", ({ data }) => listener(data as RunCommand)),
    },
    places,
  );
} else {
  process.on("disconnect", () => process.exit()); // never outlive the app
  serveRun(
    {
      postMessage: (report) => void process.send?.(report),
      onMessage: (listener) => void process.on("message", (command) => listener(command as RunCommand)),
    },
    places,
  );
}
