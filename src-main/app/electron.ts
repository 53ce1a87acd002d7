/** @file Entry of the Electron door: hands Electron's calls to the shell, and starts child processes its way. */
import { app, BrowserWindow, dialog, ipcMain, Menu, Notification, protocol, session, utilityProcess } from "electron";
import { createApi } from "../api/index.ts";
import { type DecodeReply, residentBytesOf } from "../imaging/index.ts";
import type { CheckReply } from "../project/index.ts";
import { installationOf } from "./installation.ts";
import { startSession } from "./session.ts";
import { startShell } from "./shell.ts";
import { createSite } from "./site.ts";

const installation = installationOf(import.meta.url);

/** One child with messages of the given kind; they cross by structured clone. */
function startUtility<Message>(name: string) {
  const child = utilityProcess.fork(installation.entry(name), [], { serviceName: `Aliquot ${name}`, stdio: "ignore" });
  return {
    postMessage: (message: unknown) => child.postMessage(message),
    onMessage: (listener: (message: Message) => void) => void child.on("message", listener),
    onExit: (listener: () => void) => void child.once("exit", () => listener()),
    kill: () => void child.kill(),
    residentBytes: () => (child.pid === undefined ? null : residentBytesOf(child.pid)),
  };
}

await startShell(
  { app, BrowserWindow, dialog, ipcMain, Menu, Notification, protocol, session },
  {
    preload: installation.preload,
    open() {
      const running = startSession(installation, {
        spawnRun: () => startUtility<unknown>("run-process"),
        spawnInference: () => startUtility<unknown>("inference-process"),
        spawnDecode: () => startUtility<DecodeReply>("decode-process"),
        spawnCheck: () => startUtility<CheckReply>("check-process"),
      });
      const site = createSite({ api: createApi(running.session), rendererFolder: installation.rendererFolder });
      return { site, end: running.end };
    },
  },
);
