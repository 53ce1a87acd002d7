/**
 * @file Entry of the decoding child process: the only place where untrusted files are parsed.
 * Started by imaging's forkDecodeProcess (Node) or by utilityProcess (Electron).
 */
import { serveDecoding } from "../imaging/index.ts";
import { parentPort } from "./parent-port.ts";

serveDecoding(parentPort());
