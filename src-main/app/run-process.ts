/**
 * @file Entry of the child process that trains, predicts and evaluates. Started by the run queue, through Node's fork or
 * Electron's utilityProcess.
 */
import { join } from "node:path";
import { serveRun } from "../runs/worker.ts";
import { personFolders } from "./installation.ts";
import { parentPort } from "./parent-port.ts";

const { config } = personFolders(process.env);
const places = { tuningFile: join(config, "tuning.json"), backbonesFile: join(config, "backbones.json") };

serveRun(parentPort(), places);
