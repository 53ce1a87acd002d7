/** @file `GET /events`: what happens, as it happens (server-sent events, WHATWG HTML section 9.2). */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Session } from "./session.ts";

/** Longer silences are cut by some systems, and a closed window is noticed only on writing. */
const HEARTBEAT_MS = 15_000;

export const events = (session: Session) =>
  new Hono().get("/", (c) =>
    streamSSE(c, async (stream) => {
      session.warmUp();
      await new Promise<void>((end) => {
        const off = session.listeners.on(({ type, data }) => {
          stream.writeSSE({ event: type, data: JSON.stringify(data) }).catch(end);
        });
        const heartbeat = setInterval(() => void stream.write(": still here\n\n").catch(end), HEARTBEAT_MS);
        const finish = () => {
          off();
          clearInterval(heartbeat);
          session.closing.removeEventListener("abort", finish);
          end();
        };
        session.closing.addEventListener("abort", finish);
        stream.onAbort(finish);
        // The first bytes tell the client that nothing is missed from here on.
        stream.write(": listening\n\n").catch(end);
      });
    }),
  );
