/** @file Imports: files sent by the window, or files and folders named by their path. */
import { Hono } from "hono";
import { z } from "zod";
import { type ImportItem, listImportFiles } from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import { MAX_UPLOAD_FILES } from "./limits.ts";
import type { Session } from "./session.ts";
import { absolutePath, idParam, patientRule, splitName, validate } from "./validate.ts";

const options = z.object({
  patient: patientRule.default({ kind: "auto" }),
  split: splitName.optional(),
  deidentify: z.boolean().default(true),
});

const files = z.union([z.instanceof(File), z.array(z.instanceof(File)).max(MAX_UPLOAD_FILES)]).optional();

/** Form fields may be written `images` or `images[]`. */
const upload = z.object({
  images: files,
  "images[]": files,
  masks: files,
  "masks[]": files,
  options: z
    .string()
    .max(10_000)
    .optional()
    .transform((text) => options.parse(parseJson(text ?? "{}"))),
});

const folder = options.extend({
  paths: z.array(absolutePath).min(1).max(10_000),
  masks: absolutePath.optional(),
});

export const imports = (session: Session) =>
  new Hono()
    .post("/", validate("form", upload), (c) => {
      const form = c.req.valid("form");
      const items = itemsOf(form.images, form["images[]"]);
      const masks = itemsOf(form.masks, form["masks[]"]);
      if (items.length + masks.length === 0) throw new Problem({ code: "bad-request", title: "No files were sent." });
      const { patient, split, deidentify } = form.options;
      return c.json(session.open.startImport({ items, masks, patient, split, deidentify, refused: [] }).state);
    })
    .post("/folder", validate("json", folder), async (c) => {
      const { paths, masks, patient, split, deidentify } = c.req.valid("json");
      const { open } = session;
      const images = await listImportFiles(paths);
      const ground = masks === undefined ? { items: [], refused: [] } : await listImportFiles([masks]);
      // A folder named as masks is not also a folder of images, even when it lies within one.
      const maskNames = new Set(ground.items.map(({ path }) => path));
      const items = images.items.filter(({ path }) => !maskNames.has(path));
      const refused = [...images.refused, ...ground.refused];
      return c.json(open.startImport({ items, masks: ground.items, patient, split, deidentify, refused }).state);
    })
    .get("/:id", validate("param", idParam), (c) => c.json(session.open.importJob(c.req.valid("param").id).state))
    .post("/:id/cancel", validate("param", idParam), (c) =>
      c.json(session.open.importJob(c.req.valid("param").id).cancel()),
    );

type FormFiles = z.infer<typeof files>;

function itemsOf(...fields: FormFiles[]): ImportItem[] {
  return fields
    .flatMap((field) => field ?? [])
    .map((file) => ({ name: file.name, read: async () => new Uint8Array(await file.arrayBuffer()) }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem({ code: "bad-request", title: "The import options are not JSON." }, { cause });
  }
}
