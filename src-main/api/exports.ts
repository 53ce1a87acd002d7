/** @file Sets and models, written for other tools. */
import { Hono } from "hono";
import { z } from "zod";
import { exportCsv, exportOnnx, exportPngMasks } from "../interchange/index.ts";
import type { Session } from "./session.ts";
import { absolutePath, splitName, validate } from "./validate.ts";

const request = z.object({
  format: z.enum(["png", "onnx", "csv"]),
  dir: absolutePath,
  modelId: z.number().int().positive().optional(),
  split: splitName.optional(),
  /** Replace files of the same names; else they are a conflict. */
  overwrite: z.boolean().default(false),
});

export const fileExports = (session: Session) =>
  new Hono().post("/", validate("json", request), async (c) => {
    const { format, dir, modelId, split, overwrite } = c.req.valid("json");
    const { project } = session.open;
    if (format === "png") return c.json(await exportPngMasks({ project, dir, split, overwrite }));
    if (format === "csv") return c.json(await exportCsv({ project, dir, modelId, split, overwrite }));
    return c.json(
      await exportOnnx({ project, dir, modelId: modelId ?? session.open.latestModel().modelId, overwrite }),
    );
  });
