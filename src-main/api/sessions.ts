/** @file `GET /session`: what the window shows before and after a project is open. */
import { Hono } from "hono";
import type { Session } from "./session.ts";

export const sessions = (session: Session) => new Hono().get("/", (c) => c.json(session.state()));
