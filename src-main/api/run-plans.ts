/** @file What a training would take, asked before it is started: memory, and the steps that fit before an hour. */
import { Hono } from "hono";
import { z } from "zod";
import type { RunPlan } from "./contract.ts";
import { trainingRequest } from "./runs.ts";
import type { Session } from "./session.ts";
import { validate } from "./validate.ts";

const deadlineRequest = trainingRequest.extend({ until: z.string() });

export const runPlans = (session: Session) =>
  new Hono()
    .post("/", validate("json", trainingRequest), async (c) => {
      const { needed, available, problem } = await session.open.queue.planMemory(c.req.valid("json"));
      return c.json({ neededBytes: needed, availableBytes: available, problem } satisfies RunPlan);
    })
    .post("/deadline", validate("json", deadlineRequest), async (c) => {
      const { until, ...request } = c.req.valid("json");
      return c.json(await session.open.queue.fitTraining(request, until));
    })
    .post("/deadline/cancel", (c) => {
      session.open.queue.cancelFitting();
      return c.body(null, 204);
    });
