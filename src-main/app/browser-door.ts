/** @file The browser door: the site on loopback, shown by an installed browser. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { createApi } from "../api/index.ts";
import { findBrowser, hasDisplay, openAsApp } from "./browsers.ts";
import { keepDoor, takeAbandonedDoor } from "./door-file.ts";
import { type Installation, personFolders } from "./installation.ts";
import { type Loopback, serveLoopback } from "./loopback.ts";
import { startSession } from "./session.ts";
import { createSite, type Site } from "./site.ts";

const usage = `Usage: npm start -- [--port N] [--no-open]
  --port N    listen on this port of 127.0.0.1 (default: a free one)
  --no-open   only print the address`;

/** Serves until SIGINT, SIGTERM or SIGHUP; returns the exit code. */
export async function openBrowserDoor(installation: Installation, args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    console.error(usage);
    return 2;
  }
  const { session, end } = startSession(installation);
  const site = createSite({ api: createApi(session), rendererFolder: installation.rendererFolder });
  const { config } = personFolders(process.env);
  const loopback = await serve(site, config, options.port).catch(async (error: NodeJS.ErrnoException) => {
    console.error(`Port ${options.port} cannot be used (${error.code}). Choose another with --port.`);
    await end();
    return null;
  });
  if (loopback === null) return 1;
  const forgetDoor = keepDoor(config, { port: Number(new URL(loopback.origin).port), token: loopback.token });
  console.log(`Aliquot is ready: ${loopback.url}`);
  const browser = options.isOpening && hasDisplay(process.env) ? findBrowser(process.env) : null;
  if (browser === null) console.log("Open this address in Chrome, Edge or Chromium on this computer. Ctrl+C ends.");
  else openAsApp(browser, loopback.url);

  await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
  console.log("Closing…");
  await end();
  await loopback.close();
  forgetDoor();
  return 0;
}

/** Where a door was killed, else anew. */
async function serve(site: Site, config: string, port: number): Promise<Loopback> {
  const abandoned = takeAbandonedDoor(config, port);
  if (abandoned === null) return serveLoopback(site, port);
  return serveLoopback(site, abandoned.port, abandoned.token).catch(() => serveLoopback(site, port));
}

function readOptions(args: string[]): { port: number; isOpening: boolean } | null {
  try {
    const { values } = parseArgs({
      args,
      options: { port: { type: "string", default: "0" }, open: { type: "boolean", default: true } },
      allowNegative: true,
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return null;
    return { port, isOpening: values.open };
  } catch (error) {
    console.error((error as Error).message);
    return null;
  }
}
