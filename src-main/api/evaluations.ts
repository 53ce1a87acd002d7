/** @file Figures of a model on a split. */
import { Hono } from "hono";
import { z } from "zod";
import type { ZeroPolicy } from "./contract.ts";
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
const zeros = z
  .string()
  .regex(/^(strict|exclude|floor:.+)$/, 'expected "strict", "exclude" or "floor:" and a number')
  .transform((text): ZeroPolicy =>
    text === "strict" || text === "exclude" ? text : { floor: Number(text.slice("floor:".length)) },
  )
  .refine(
    (policy) => typeof policy !== "object" || (Number.isFinite(policy.floor) && policy.floor > 0),
    "expected a floor above 0",
  );
/** `relative`: also of numbers for which relative errors have no meaning. `labelId`: both of this number alone. */
const labelQuery = query.extend({
  zeros: zeros.optional(),
  relative: z.literal("anyway").optional(),
  labelId: z.coerce.number().int().positive().optional(),
});

export const evaluations = (session: Session) =>
  new Hono()
    .post("/", validate("json", request), (c) => c.json(session.open.queue.submitEvaluation(c.req.valid("json"))))
    .get("/", validate("query", query), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(session.open.project.evaluations.summary(modelId, split));
    })
    .get("/labels", validate("query", labelQuery), (c) => {
      const { modelId, split, zeros, relative, labelId } = c.req.valid("query");
      const isForced = relative !== undefined;
      return c.json(labelEvaluations(session.open.project, modelId, split, { zeros, isForced, labelId }));
    })
    .get("/translations", validate("query", query), (c) => {
      const { modelId, split } = c.req.valid("query");
      return c.json(translationEvaluation(session.open.project, modelId, split));
    });
