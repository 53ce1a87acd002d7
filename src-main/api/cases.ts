/** @file Cases and their splits. A case is one patient's examination: it is never torn between two splits. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, splitName, validate } from "./validate.ts";

const count = z.number().int().min(0).max(1_000_000);

const caseIds = z.array(z.number().int().positive()).min(1).max(1_000_000);
const assignments = z
  .array(z.object({ split: splitName.nullable(), caseIds }))
  .min(1)
  .max(5);

export const cases = (session: Session) =>
  new Hono()
    .post(
      "/split",
      validate("json", z.object({ train: count, val: count, test: count, seed: z.number().int().min(0).default(1) })),
      (c) => c.json(session.open.assignSplits(c.req.valid("json"))),
    )
    .patch("/cases", validate("json", z.object({ splits: assignments })), (c) => {
      const { splits } = c.req.valid("json");
      session.open.project.cases.assignSplits(
        new Map(splits.flatMap(({ split, caseIds }) => caseIds.map((id) => [id, split]))),
      );
      return c.body(null, 204);
    })
    .patch("/cases/:id", validate("param", idParam), validate("json", z.object({ split: splitName })), (c) => {
      session.open.project.cases.setSplit(c.req.valid("param").id, c.req.valid("json").split);
      return c.body(null, 204);
    });
