/** @file Runs: training, started and followed. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, validate } from "./validate.ts";

const training = z.object({
  method: z.string().min(1).max(80),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  device: z.enum(["auto", "cpu", "webgpu", "cuda", "dml", "coreml"]).default("auto"),
  fromModel: z.number().int().positive().optional(),
  includeAccepted: z.boolean().optional(),
  steps: z.number().int().positive().optional(),
  profile: z.boolean().optional(),
});

export const runs = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.runs.list()))
    .get("/:id", validate("param", idParam), (c) => c.json(session.open.project.runs.get(c.req.valid("param").id)))
    .get("/:id/profile", validate("param", idParam), (c) =>
      c.json(session.open.queue.profiles(c.req.valid("param").id)),
    )
    .post("/", validate("json", training), (c) => c.json(session.open.queue.submitTraining(c.req.valid("json"))))
    .post("/:id/cancel", validate("param", idParam), (c) => c.json(session.open.queue.cancel(c.req.valid("param").id)))
    .post("/:id/resume", validate("param", idParam), (c) => c.json(session.open.queue.resume(c.req.valid("param").id)));
