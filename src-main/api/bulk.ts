/** @file What is done to many images at once, and undone as one. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { validate } from "./validate.ts";

const frameIds = z.array(z.int().positive()).min(1).max(1_000_000);
const labelValue = z.union([z.string().max(100), z.number()]).nullable();

export const bulk = (session: Session) =>
  new Hono()
    .get("/history", (c) => c.json(session.open.project.bulk.history()))
    .post("/undo", (c) => c.json(session.open.project.bulk.undo()))
    .post("/redo", (c) => c.json(session.open.project.bulk.redo()))
    .post(
      "/decisions",
      validate("json", z.strictObject({ frameIds, decision: z.enum(["accept", "reject"]) })),
      async (c) => {
        const { decision, frameIds: ids } = c.req.valid("json");
        const { decisions, project } = session.open;
        return c.json({ changed: await decisions.run((options) => project.bulk.decide(ids, decision, options)) });
      },
    )
    .post(
      "/labels",
      validate("json", z.strictObject({ frameIds, labelId: z.int().positive(), value: labelValue })),
      (c) => {
        const { labelId, frameIds: ids, value } = c.req.valid("json");
        return c.json({ changed: session.open.project.bulk.label(labelId, ids, value) });
      },
    )
    .post("/removals/preview", validate("json", z.strictObject({ frameIds })), (c) =>
      c.json(session.open.project.bulk.previewRemoval(c.req.valid("json").frameIds)),
    )
    .post("/removals", validate("json", z.strictObject({ frameIds })), (c) =>
      c.json({ changed: session.open.project.bulk.remove(c.req.valid("json").frameIds) }),
    );
