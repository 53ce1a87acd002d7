/** @file Methods that can be trained, with the settings a form is made of. */
import { Hono } from "hono";
import { methods as available } from "../methods/index.ts";
import type { MethodRow } from "./contract.ts";

export const methods = () =>
  new Hono().get("/", (c) =>
    c.json(available.map(({ id, title, summary, settings }): MethodRow => ({ id, title, summary, settings }))),
  );
