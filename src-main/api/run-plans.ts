/** @file What memory a training would take: asked before it is started. */
import { Hono } from "hono";
import type { RunPlan } from "./contract.ts";
import { trainingRequest } from "./runs.ts";
import type { Session } from "./session.ts";
import { validate } from "./validate.ts";

export const runPlans = (session: Session) =>
  new Hono().post("/", validate("json", trainingRequest), async (c) => {
    const { needed, available, problem } = await session.open.queue.planMemory(c.req.valid("json"));
    return c.json({ neededBytes: needed, availableBytes: available, problem } satisfies RunPlan);
  });
