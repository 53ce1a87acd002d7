/** @file The project file: create, open, close. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { absolutePath, className, validate } from "./validate.ts";

const creation = z.object({ path: absolutePath, classes: z.array(className).min(1).max(255) });

export const project = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.summary()))
    .post("/create", validate("json", creation), async (c) => {
      const { path, classes } = c.req.valid("json");
      return c.json(await session.create(path, classes));
    })
    .post("/open", validate("json", z.object({ path: absolutePath })), async (c) =>
      c.json(await session.openFile(c.req.valid("json").path)),
    )
    .post("/open/cancel", (c) => {
      session.cancelOpening();
      return c.body(null, 204);
    })
    .post("/demo", validate("json", z.object({ path: absolutePath.optional() })), async (c) =>
      c.json(await session.createDemo(c.req.valid("json").path)),
    )
    .post("/copy", validate("json", z.object({ path: absolutePath })), async (c) =>
      c.json(await session.saveCopy(c.req.valid("json").path)),
    )
    .post("/copy/cancel", (c) => {
      session.cancelCopy();
      return c.body(null, 204);
    })
    .post("/close", async (c) => {
      await session.closeProject();
      return c.body(null, 204);
    });
