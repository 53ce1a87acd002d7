/** @file Sets and models, written for other tools. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { absolutePath, idParam, splitName, validate } from "./validate.ts";

const choice = z.object({
  format: z.enum(["png", "coco", "nifti", "dicom-seg", "nnunet", "yolo", "csv", "onnx"]),
  modelId: z.number().int().positive().optional(),
  split: splitName.optional(),
  frameIds: z.array(z.int().positive()).min(1).max(1_000_000).optional(),
  masks: z
    .array(z.enum(["human", "accepted", "proposed"]))
    .min(1)
    .optional(),
});

const request = choice.extend({
  dir: absolutePath,
  /** Replace files of the same names; else they are a conflict. */
  overwrite: z.boolean().default(false),
});

export const fileExports = (session: Session) =>
  new Hono()
    .post("/", validate("json", request), async (c) => {
      const { open, version } = session;
      return c.json(await open.export({ ...c.req.valid("json"), version }));
    })
    .post("/preview", validate("json", choice), async (c) => {
      const { open, version } = session;
      return c.json(await open.previewExport({ ...c.req.valid("json"), version }));
    })
    .post("/:id/cancel", validate("param", idParam), (c) => {
      session.open.cancelExport(c.req.valid("param").id);
      return c.body(null, 204);
    });
