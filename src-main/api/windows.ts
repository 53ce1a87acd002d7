/** @file Display windows kept in the project. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, validate } from "./validate.ts";

const newWindow = z.strictObject({
  name: z.string().trim().min(1).max(60),
  modality: z.string().min(1).max(16).nullable(),
  center: z.number(),
  width: z.number().positive(),
  function: z.enum(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
});

export const windows = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.windows.list()))
    .post("/", validate("json", newWindow), (c) => c.json(session.open.project.windows.add(c.req.valid("json"))))
    .delete("/:id", validate("param", idParam), (c) => {
      session.open.project.windows.remove(c.req.valid("param").id);
      return c.body(null, 204);
    });
