/** @file Imports: files sent by the window, or files and folders named by their path. */
import { isAbsolute, relative } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { slicePlanes } from "../imaging/index.ts";
import { type ImportFile, type ImportList, listImportFiles } from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import { MAX_UPLOAD_FILES } from "./limits.ts";
import type { Session } from "./session.ts";
import { absolutePath, idParam, patientRule, splitName, validate } from "./validate.ts";

const deidentifyChoice = z.strictObject({
  retainUids: z.boolean().optional(),
  retainDevice: z.boolean().optional(),
  retainInstitution: z.boolean().optional(),
  retainPatientCharacteristics: z.boolean().optional(),
  retainDates: z.enum(["none", "shifted", "full"]).optional(),
  cleanDescriptors: z.boolean().optional(),
  retainGraphics: z.boolean().optional(),
  retainSafePrivate: z.boolean().optional(),
  keepFileNames: z.boolean().optional(),
});

const options = z.object({
  patient: patientRule.default({ kind: "auto" }),
  split: splitName.optional(),
  deidentify: z.union([z.boolean(), deidentifyChoice]).default(true),
  plane: z.enum(slicePlanes).default("axial"),
  /** Make classes that label files name and the project lacks. */
  addClasses: z.boolean().default(false),
  /** Only say what would be done. */
  dryRun: z.boolean().default(false),
});

const files = z.union([z.instanceof(File), z.array(z.instanceof(File)).max(MAX_UPLOAD_FILES)]).optional();

/** Form fields may be written `images` or `images[]`. */
const upload = z.object({
  images: files,
  "images[]": files,
  masks: files,
  "masks[]": files,
  /** A table of image-level labels. */
  labels: z.instanceof(File).optional(),
  options: z
    .string()
    .max(10_000)
    .optional()
    .transform((text) => options.parse(parseJson(text ?? "{}"))),
});

const folder = options.extend({
  paths: z.array(absolutePath).max(10_000),
  masks: absolutePath.optional(),
  labels: absolutePath.optional(),
});

export const imports = (session: Session) =>
  new Hono()
    .post("/", validate("form", upload), (c) => {
      const form = c.req.valid("form");
      const items = itemsOf(form.images, form["images[]"]);
      const masks = itemsOf(form.masks, form["masks[]"]);
      const [labels] = itemsOf(form.labels);
      if (items.length + masks.length === 0 && labels === undefined)
        throw new Problem({ code: "bad-request", title: "No files were sent." });
      return c.json(
        session.open.startImport({ ...form.options, items, masks, labels, split: form.options.split, refused: [] })
          .state,
      );
    })
    .post("/folder", validate("json", folder), async (c) => {
      const { paths, masks, labels, split, ...chosen } = c.req.valid("json");
      const { open } = session;
      const images = await listImages(paths, masks);
      const ground = masks === undefined ? { items: [], refused: [] } : await listImportFiles([masks]);
      const table = labels === undefined ? { items: [], refused: [] } : await listImportFiles([labels]);
      const refused = [...images.refused, ...ground.refused, ...table.refused];
      const { items } = images;
      return c.json(
        open.startImport({ ...chosen, items, masks: ground.items, labels: table.items[0], split, refused }).state,
      );
    })
    .get("/:id", validate("param", idParam), (c) => c.json(session.open.importJob(c.req.valid("param").id).state))
    .post("/:id/cancel", validate("param", idParam), (c) =>
      c.json(session.open.importJob(c.req.valid("param").id).cancel()),
    );

/** A folder named as masks is not also one of images, even where it lies within one. */
async function listImages(paths: string[], masks: string | undefined): Promise<ImportList> {
  const within = (path: string) => {
    const inner = masks === undefined ? "" : relative(path, masks).replaceAll("\\", "/");
    return inner === "" || inner.startsWith("../") || isAbsolute(inner) ? null : `${inner}/`;
  };
  const list = await listImportFiles(paths.filter((path) => path !== masks && within(path) === null));
  for (const path of paths) {
    const inner = within(path);
    if (path === masks || inner === null) continue;
    const { items, refused } = await listImportFiles([path]);
    list.items.push(...items.filter(({ name }) => !name.startsWith(inner)));
    list.refused.push(...refused.filter(({ file }) => !file.startsWith(inner)));
  }
  return list;
}

type FormFiles = z.infer<typeof files>;

function itemsOf(...fields: FormFiles[]): ImportFile[] {
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
