/**
 * @file Entry of the child process that looks through a large project before it is opened. Started through Node's fork or Electron's
 * utilityProcess; ends with its one answer.
 */
import { serveCheck } from "../project/index.ts";
import { parentPort } from "./parent-port.ts";

serveCheck(parentPort());
