/** @file Figures of a model on a split. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idText, splitName, validate } from "./validate.ts";

export const evaluations = (session: Session) =>
  new Hono()
    .post("/", validate("json", z.object({ modelId: z.number().int().positive(), split: splitName })), (c) =>
      c.json(session.open.queue.submitEvaluation(c.req.valid("json"))),
    )
    .get("/", validate("query", z.object({ modelId: idText, split: splitName })), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(session.open.project.evaluations.summary(modelId, split));
    });
