/** @file Figures of a model on a split. */
import { Hono } from "hono";
import { z } from "zod";
import { labelEvaluations } from "./label-evaluation.ts";
import type { Session } from "./session.ts";
import { translationEvaluation } from "./translation-evaluation.ts";
import { idText, splitName, validate } from "./validate.ts";

const request = z.object({
  modelId: z.number().int().positive(),
  split: splitName,
  samples: z.int().min(1).max(200).optional(),
});
const query = z.object({ modelId: idText, split: splitName });

export const evaluations = (session: Session) =>
  new Hono()
    .post("/", validate("json", request), (c) => c.json(session.open.queue.submitEvaluation(c.req.valid("json"))))
    .get("/", validate("query", query), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(session.open.project.evaluations.summary(modelId, split));
    })
    .get("/labels", validate("query", query), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(labelEvaluations(session.open.project, modelId, split));
    })
    .get("/translations", validate("query", query), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(translationEvaluation(session.open.project, modelId, split));
    });
