/**
 * @file Request parts checked against a schema, with failures told as a `Problem`; and the schemas that nouns share.
 */
import { isAbsolute } from "node:path";
import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import { z } from "zod";
import { Problem } from "../problem/index.ts";

/** Middleware that parses `target` ("json", "query", "param", "form") by `schema`; read it with `c.req.valid(target)`. */
export function validate<Target extends keyof ValidationTargets, Schema extends z.ZodType>(
  target: Target,
  schema: Schema,
) {
  return zValidator(target, schema, (parsed) => {
    if (parsed.success) return;
    const detail = parsed.error.issues
      .map((issue) => `${[target, ...issue.path].join(".")}: ${issue.message}.`)
      .join(" ");
    const hint = "Correct what is named, then send it again.";
    throw new Problem({ code: "bad-request", title: "The request is not complete or not correct.", detail, hint });
  });
}

/** An id in a path or query. */
export const idText = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, "expected a whole number from 1")
  .transform(Number);

/** Several in a query: 1,2,… */
export const idList = z
  .string()
  .regex(/^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14}){0,999}$/, "expected up to 1000 ids, separated by commas")
  .transform((text) => text.split(",").map(Number));

export const idParam = z.object({ id: idText });

/** What a run may be told to compute on. */
export const deviceName = z.enum(["auto", "cpu", "webgpu", "cuda", "dml", "coreml"]);

/** Which frames something is done to: see contract.ts. */
export const frameScope = z.enum(["frame", "image", "series"]);

export const splitName = z.enum(["train", "val", "test", "unlabelled"]);

/** The server's own working folder means nothing to the caller: paths are absolute. */
export const absolutePath = z.string().min(1).max(4096).refine(isAbsolute, "expected an absolute path");

export const className = z.string().trim().min(1).max(80);
export const color = z.string().regex(/^#[0-9a-f]{6}$/i, "expected #rrggbb");

export const patientRule = z.union([
  z.object({ kind: z.literal("auto") }),
  z.object({ kind: z.literal("file") }),
  z.object({
    kind: z.literal("pattern"),
    pattern: z.string().min(1).max(500).refine(isPattern, "expected a regular expression"),
  }),
]);

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
