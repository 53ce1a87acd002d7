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
});

export const proposals = (session: Session) =>
  new Hono()
    .post("/", validate("json", prediction), (c) => c.json(session.open.queue.submitPrediction(c.req.valid("json"))))
    .get("/", validate("query", stateQuery), (c) => c.json(session.open.project.proposals.list(c.req.valid("query"))))
    .post("/accept-above", validate("json", z.object({ quality: z.number().min(0).max(1) })), (c) =>
      c.json({ accepted: session.open.project.proposals.acceptAbove(c.req.valid("json").quality) }),
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
