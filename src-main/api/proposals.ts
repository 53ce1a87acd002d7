/** @file Proposals of a model, and a person's decision on each. */
import { Hono } from "hono";
import { z } from "zod";
import { bodyBytes, bytesResponse, LABEL_MAP_MEDIA_TYPE } from "./bytes.ts";
import type { Session } from "./session.ts";
import { idParam, splitName, validate } from "./validate.ts";

const stateQuery = z.object({ state: z.enum(["pending", "accepted", "edited", "rejected"]).optional() });
/** Some frames, or all of a split. */
const prediction = z.object({
  modelId: z.number().int().positive(),
  split: splitName.optional(),
  frameIds: z.array(z.number().int().positive()).min(1).max(100_000).optional(),
  views: z.union([z.literal(1), z.literal(4), z.literal(8)]).optional(),
  samples: z.int().min(1).max(200).optional(),
});

const model = z.object({ modelId: z.number().int().positive().optional() });
const frameParam = z.object({
  frameId: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/, "expected a frame id")
    .transform(Number),
});
const modelQuery = z.object({
  modelId: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/, "expected a model id")
    .transform(Number)
    .optional(),
});
/** More would be prepared than is kept. */
const ahead = z.strictObject({ ...model.shape, frameIds: z.array(z.number().int().positive()).max(16) });

/** As far beside an image as anybody draws. */
const coordinate = z.number().min(-100_000).max(100_000);
const scribble = z.strictObject({
  value: z.number().int().min(1).max(255),
  isForeground: z.boolean(),
  radius: z.number().min(0).max(200),
  points: z
    .array(z.strictObject({ x: coordinate, y: coordinate }))
    .min(1)
    .max(10_000),
});
const classPart = z.strictObject({ kind: z.literal("class"), value: z.number().int().min(1).max(255) });
const componentPart = z.strictObject({ kind: z.literal("component"), x: coordinate, y: coordinate });
const taking = z.strictObject({
  part: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("all") }), classPart, componentPart]),
  base: z.int().nonnegative(),
});
const dropping = z.strictObject({ part: z.discriminatedUnion("kind", [classPart, componentPart]) });
const acceptance = z.strictObject({ quality: z.number().min(0).max(1), withoutEvidence: z.boolean().default(false) });

export const proposals = (session: Session) =>
  new Hono()
    .post("/", validate("json", prediction), (c) => c.json(session.open.queue.submitPrediction(c.req.valid("json"))))
    .get("/", validate("query", stateQuery), (c) => c.json(session.open.project.proposals.list(c.req.valid("query"))))
    .post("/accept-above", validate("json", acceptance), async (c) => {
      const { quality, withoutEvidence } = c.req.valid("json");
      const { reviewer, decisions: job } = session.open;
      return c.json(await job.run((options) => reviewer.acceptAbove(quality, { withoutEvidence, ...options })));
    })
    .post("/decisions/cancel", (c) => {
      session.open.decisions.cancel();
      return c.body(null, 204);
    })
    .post("/ahead", validate("json", ahead), (c) => {
      const { frameIds, modelId } = c.req.valid("json");
      session.open.proposer.prepare(frameIds, modelId);
      return c.body(null, 204);
    })
    .post("/cancel", (c) => {
      session.open.proposer.cancel();
      return c.body(null, 204);
    })
    .post("/frames/:frameId", validate("param", frameParam), validate("json", model), async (c) =>
      c.json(await session.open.proposer.propose(c.req.valid("param").frameId, c.req.valid("json").modelId)),
    )
    .get("/frames/:frameId", validate("param", frameParam), (c) =>
      c.json(session.open.project.proposalSteps.pending(c.req.valid("param").frameId)),
    )
    .get("/frames/:frameId/probabilities", validate("param", frameParam), validate("query", modelQuery), async (c) => {
      const { frameId } = c.req.valid("param");
      const { classes, planes } = await session.open.proposer.probabilities(frameId, c.req.valid("query").modelId);
      return bytesResponse(planes, "application/octet-stream", { "Aliquot-Classes": JSON.stringify(classes) });
    })
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.proposalSteps.detail(c.req.valid("param").id)),
    )
    .post("/:id/scribbles", validate("param", idParam), validate("json", scribble), async (c) =>
      c.json(await session.open.proposer.correct(c.req.valid("param").id, c.req.valid("json"))),
    )
    .post("/:id/take", validate("param", idParam), validate("json", taking), (c) => {
      const { part, base } = c.req.valid("json");
      return c.json(session.open.proposer.take(c.req.valid("param").id, part, base));
    })
    .post("/:id/drop", validate("param", idParam), validate("json", dropping), (c) =>
      c.json(session.open.proposer.drop(c.req.valid("param").id, c.req.valid("json").part)),
    )
    .get("/:id/mask", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.proposals.mask(c.req.valid("param").id), LABEL_MAP_MEDIA_TYPE),
    )
    .get("/:id/confidence", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.proposals.confidence(c.req.valid("param").id), "application/octet-stream"),
    )
    .put("/:id/mask", validate("param", idParam), async (c) =>
      c.json(session.open.acceptEdited(c.req.valid("param").id, await bodyBytes(c))),
    )
    .post("/:id/accept", validate("param", idParam), (c) =>
      c.json(session.open.project.proposals.accept(c.req.valid("param").id)),
    )
    .post("/:id/reject", validate("param", idParam), (c) =>
      c.json(session.open.project.proposals.reject(c.req.valid("param").id)),
    )
    .post("/:id/reopen", validate("param", idParam), (c) =>
      c.json(session.open.project.proposals.reopen(c.req.valid("param").id)),
    );
