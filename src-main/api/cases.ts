/** @file Cases and their splits. A case is one patient's examination: it is never torn between two splits. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, splitName, validate } from "./validate.ts";

const count = z.number().int().min(0).max(1_000_000);

export const cases = (session: Session) =>
  new Hono()
    .post(
      "/split",
      validate("json", z.object({ train: count, val: count, test: count, seed: z.number().int().min(0).default(1) })),
      (c) => c.json(session.open.assignSplits(c.req.valid("json"))),
    )
    .patch("/cases/:id", validate("param", idParam), validate("json", z.object({ split: splitName })), (c) => {
      session.open.project.cases.setSplit(c.req.valid("param").id, c.req.valid("json").split);
      return c.body(null, 204);
    });
