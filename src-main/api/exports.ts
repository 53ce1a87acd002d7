/** @file Sets and models, written for other tools. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { absolutePath, idParam, splitName, validate } from "./validate.ts";

const choice = z.object({
  format: z.enum(["png", "coco", "nifti", "dicom-seg", "dicom", "nnunet", "yolo", "csv", "onnx"]),
  modelId: z.number().int().positive().optional(),
  split: splitName.optional(),
  frameIds: z.array(z.int().positive()).min(1).max(1_000_000).optional(),
  masks: z
    .array(z.enum(["human", "accepted", "proposed"]))
    .min(1)
    .optional(),
});

/** A name that the window makes up, so that it can follow and cancel the preview before there is any word of it. */
const previewId = z.string().regex(/^[\w-]{1,64}$/, "expected letters, digits and dashes");

const request = choice.extend({
  dir: absolutePath,
  /** Replace files of the same names; else they are a conflict. */
  overwrite: z.boolean().default(false),
});

export const fileExports = (session: Session) =>
  new Hono()
    .post("/", validate("json", request), async (c) => {
      const { open, version } = session;
      const asked = c.req.valid("json");
      if (asked.format === "onnx" && asked.modelId === undefined) open.latestModel(); // throws "not-found"
      return c.json(await open.exports.write({ ...asked, version }));
    })
    .post("/preview", validate("json", choice.extend({ previewId: previewId.optional() })), async (c) => {
      const { open, version } = session;
      return c.json(await open.exports.preview({ ...c.req.valid("json"), version }));
    })
    .post("/preview/:id/cancel", validate("param", z.object({ id: previewId })), (c) => {
      session.open.exports.cancelPreview(c.req.valid("param").id);
      return c.body(null, 204);
    })
    .post("/:id/cancel", validate("param", idParam), (c) => {
      session.open.exports.cancel(c.req.valid("param").id);
      return c.body(null, 204);
    });
