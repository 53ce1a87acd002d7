/** @file Models: what runs made. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, validate } from "./validate.ts";

const change = z.object({ name: z.string().trim().min(1).max(80) });

export const models = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.models.list()))
    .patch("/:id", validate("param", idParam), validate("json", change), (c) =>
      c.json(session.open.project.models.rename(c.req.valid("param").id, c.req.valid("json").name)),
    );
