/** @file Trainings to compare: what they learned from and how far they got. */
import { Hono } from "hono";
import type { Session } from "./session.ts";

export const runHistory = (session: Session) =>
  new Hono().get("/", (c) => c.json(session.open.project.runHistory.list()));
