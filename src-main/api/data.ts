/** @file The set as a whole: what splits share that they should not, and its figures. */
import { Hono } from "hono";
import type { Session } from "./session.ts";

export const data = (session: Session) =>
  new Hono()
    .get("/leaks", (c) => c.json(session.open.project.leaks()))
    .get("/areas", async (c) => c.json(await session.open.project.classUsage.areas()))
    .get("/statistics", async (c) => c.json(await session.open.statistics.run()))
    .post("/statistics/cancel", (c) => {
      session.open.statistics.cancel();
      return c.body(null, 204);
    });
