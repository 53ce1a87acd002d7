/**
 * @file Entry of the child process that trains, predicts and evaluates. Started by the run queue, through Node's fork or
 * Electron's utilityProcess.
 */
import { join } from "node:path";
import { serveRun } from "../runs/worker.ts";
import { personFolders } from "./installation.ts";
import { parentPort } from "./parent-port.ts";

const { config } = personFolders(process.env);

serveRun(parentPort(), { tuningFile: join(config, "tuning.json") });
