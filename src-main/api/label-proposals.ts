/** @file What models say of whole images, and a person's decision on each. */
import { Hono } from "hono";
import { z } from "zod";
import { acceptLabelsAbove, labelConditions } from "./label-evaluation.ts";
import type { Session } from "./session.ts";
import { idParam, idText, splitName, validate } from "./validate.ts";

const grading = z.strictObject({
  modelId: z.int().positive(),
  split: splitName.optional(),
  frameIds: z.array(z.int().positive()).min(1).max(100_000).optional(),
  samples: z.int().min(1).max(200).optional(),
});
const listQuery = z.object({
  state: z.enum(["pending", "accepted", "changed", "rejected"]).optional(),
  labelId: idText.optional(),
});
const acceptance = z.strictObject({
  quality: z.number().min(0).max(1),
  withoutEvidence: z.boolean().default(false),
  labelId: z.int().positive().optional(),
  modelId: z.int().positive().optional(),
});
const change = z.strictObject({ value: z.union([z.string().max(100), z.number()]) });

export const labelProposals = (session: Session) =>
  new Hono()
    .post("/", validate("json", grading), (c) => c.json(session.open.queue.submitPrediction(c.req.valid("json"))))
    .get("/", validate("query", listQuery), (c) =>
      c.json(session.open.project.labelProposals.list(c.req.valid("query"))),
    )
    .get("/read-outs", validate("query", listQuery), (c) =>
      c.json(session.open.project.labelReadOuts.list(c.req.valid("query"))),
    )
    .get("/waiting", (c) => c.json(session.open.project.labelProposals.waiting()))
    .post("/accept-above", validate("json", acceptance), (c) =>
      c.json(acceptLabelsAbove(session.open.project, c.req.valid("json"))),
    )
    .post("/undo", (c) => c.json(session.open.project.labelProposals.undo()))
    .get("/conditions/:id", validate("param", idParam), (c) =>
      c.json(labelConditions(session.open.project, c.req.valid("param").id)),
    )
    .get("/frames/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.labelProposals.ofFrame(c.req.valid("param").id)),
    )
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.labelProposals.detail(c.req.valid("param").id)),
    )
    .post("/:id/accept", validate("param", idParam), (c) =>
      c.json(session.open.project.labelProposals.accept(c.req.valid("param").id)),
    )
    .post("/:id/change", validate("param", idParam), validate("json", change), (c) =>
      c.json(session.open.project.labelProposals.change(c.req.valid("param").id, c.req.valid("json").value)),
    )
    .post("/:id/reject", validate("param", idParam), (c) =>
      c.json(session.open.project.labelProposals.reject(c.req.valid("param").id)),
    )
    .post("/:id/reopen", validate("param", idParam), (c) =>
      c.json(session.open.project.labelProposals.reopen(c.req.valid("param").id)),
    );
