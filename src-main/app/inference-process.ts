/**
 * @file Entry of the child process that proposes masks while a person draws. Started through Node's fork or Electron's
 * utilityProcess.
 */
import { serveInference } from "../inference/worker.ts";
import { parentPort } from "./parent-port.ts";

serveInference(parentPort());
