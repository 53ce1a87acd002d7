/** @file Models: what runs made. */
import { Hono } from "hono";
import type { Session } from "./session.ts";

export const models = (session: Session) => new Hono().get("/", (c) => c.json(session.open.project.models.list()));
