/** @file Synthetic pairs: generators, what they are asked for, and what a person thinks of the outcome. */
import { Hono } from "hono";
import { z } from "zod";
import { generatorGrades, generators } from "../runs/queue.ts";
import { bytesResponse, LABEL_MAP_MEDIA_TYPE } from "./bytes.ts";
import type { Session } from "./session.ts";
import { deviceName, idParam, validate } from "./validate.ts";

const MOST_PAIRS = 10_000;
const pairIds = z.array(z.int().positive()).min(1).max(MOST_PAIRS);
const request = z.strictObject({
  modelId: z.int().positive(),
  count: z.int().min(1).max(MOST_PAIRS),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  quota: z.record(z.string().regex(/^[0-9]{1,3}$/), z.int().min(0).max(MOST_PAIRS)).optional(),
  perGrade: z
    .strictObject({
      labelId: z.int().positive(),
      pairs: z.record(z.string().min(1).max(200), z.int().min(0).max(MOST_PAIRS)),
    })
    .optional(),
  like: pairIds.optional(),
  shapes: z.enum(["moved", "bent", "blended"]).optional(),
  judgeModelId: z.int().positive().nullable().optional(),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
  device: deviceName.optional(),
});
const decision = z.strictObject({ pairIds, state: z.enum(["undecided", "accepted", "rejected"]) });

export const synthesis = (session: Session) =>
  new Hono()
    .get("/generators", (c) => c.json(generators(session.open.project)))
    .get("/generators/:id/grades", validate("param", idParam), (c) =>
      c.json(generatorGrades(session.open.project, c.req.valid("param").id)),
    )
    .get("/", (c) => c.json(session.open.project.syntheticPairs.list()))
    .post("/", validate("json", request), (c) => c.json(session.open.queue.submitSynthesis(c.req.valid("json"))))
    .put("/pairs", validate("json", decision), async (c) => {
      const { pairIds, state } = c.req.valid("json");
      const { decisions, project } = session.open;
      return c.json(await decisions.run((options) => project.syntheticPairs.decide(pairIds, state, options)));
    })
    .post("/undo", async (c) => {
      const { decisions, project } = session.open;
      return c.json(await decisions.run((options) => project.syntheticPairs.undo(options)));
    })
    .post("/cancel", (c) => {
      session.open.decisions.cancel();
      return c.body(null, 204);
    })
    .get("/pairs/:id/image", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.syntheticPairs.image(c.req.valid("param").id), "image/png"),
    )
    .get("/pairs/:id/mask", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.syntheticPairs.labelMap(c.req.valid("param").id), LABEL_MAP_MEDIA_TYPE),
    )
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.syntheticPairs.get(c.req.valid("param").id)),
    );
