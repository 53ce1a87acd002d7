/**
 * @file The site on 127.0.0.1, for the person's own browser only. Other people and programs on the machine, and other
 * sites in the same browser, are kept out by a random token, a strict cookie, and checks of Host and Origin.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { plain, type Site } from "./site.ts";

export interface Loopback {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  token: string;
  /** The address that lets a browser in. */
  url: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1; `port` 0 takes a free one. `token` is that of an earlier door at the same place, else a new one. */
export async function serveLoopback(
  site: Site,
  port = 0,
  token = randomBytes(32).toString("base64url"),
): Promise<Loopback> {
  // The port is known only once it listens, and nothing is answered before.
  let guarded: Site = () => Promise.resolve(plain(503, "Starting."));
  const server = createAdaptorServer({ fetch: (request) => guarded(request) }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const actual = (server.address() as AddressInfo).port;
  guarded = guard(site, actual, token);
  const origin = `http://127.0.0.1:${actual}`;
  return {
    origin,
    token,
    url: `${origin}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Lets through what comes from the page itself (cookie) or from a program that knows the token (Bearer). */
export function guard(site: Site, port: number, token: string): Site {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  // Cookies do not tell ports apart: two windows of the app must not overwrite each other's.
  const cookie = `aliquot-${port}`;
  return async (request) => {
    // Another name for 127.0.0.1 is a page elsewhere that rebinds its DNS name.
    const host = request.headers.get("Host") ?? new URL(request.url).host;
    if (!hosts.includes(host)) return refused("This address is not served.");
    const origin = request.headers.get("Origin");
    if (origin !== null && !hosts.some((name) => origin === `http://${name}`)) return refused("Another site asked.");
    const url = new URL(request.url);
    const given = url.searchParams.get("token");
    if (given !== null && url.pathname === "/" && request.method === "GET") {
      if (!isSame(given, token)) return refused("The token in the address is wrong.");
      // The token leaves the address, so that it stays out of history and screenshots.
      const headers = { Location: "/", "Set-Cookie": `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict` };
      return new Response(null, { status: 303, headers: { ...headers, "Referrer-Policy": "no-referrer" } });
    }
    // The cookie goes along from every page of this computer, whatever its port: https://www.w3.org/TR/fetch-metadata/
    const from = request.headers.get("Sec-Fetch-Site");
    const isPage = request.headers.get("Sec-Fetch-Mode") === "navigate";
    if (from !== null && from !== "same-origin" && from !== "none" && !isPage) return refused("Another site asked.");
    const bearer = /^Bearer (.+)$/.exec(request.headers.get("Authorization") ?? "")?.[1];
    const shown = bearer ?? cookieOf(request, cookie);
    if (shown === undefined || !isSame(shown, token)) {
      return refused("Open the address that Aliquot printed when it started.");
    }
    return site(request);
  };
}

function refused(reason: string): Response {
  return plain(403, reason);
}

function cookieOf(request: Request, name: string): string | undefined {
  const pairs = (request.headers.get("Cookie") ?? "").split(/;\s*/);
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Takes as long for a nearly right token as for a wrong one. */
function isSame(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
