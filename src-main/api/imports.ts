/** @file Imports: files sent by the window, or files and folders named by their path; and reports of earlier ones. */
import { isAbsolute, relative } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { slicePlanes } from "../imaging/index.ts";
import {
  type ImportFile,
  type ImportList,
  listImportFiles,
  type ListWatch,
  reportCsv,
  reportText,
} from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import type { ImportOutcome } from "./contract.ts";
import type { ImportFiles } from "./import-job.ts";
import { MAX_UPLOAD_FILES } from "./limits.ts";
import { privacyChoice, privacyFields } from "./privacy.ts";
import type { Session } from "./session.ts";
import { absolutePath, idParam, patientRule, splitName, validate } from "./validate.ts";

const options = z.object({
  patient: patientRule.default({ kind: "auto" }),
  split: splitName.optional(),
  modality: z.string().trim().min(1).max(80).optional(),
  deidentify: privacyChoice.default(true),
  plane: z.enum(slicePlanes).default("axial"),
  /** Make classes that label files name and the project lacks. */
  addClasses: z.boolean().default(false),
  maskColors: z
    .array(z.object({ className: z.string().max(100), color: z.string().regex(/^#[0-9a-f]{6}$/i) }))
    .max(256)
    .optional(),
  /** Of nnU-Net cases with several channels, and of its splits_final.json; both from 0. */
  channel: z.number().int().min(0).max(9999).optional(),
  fold: z.number().int().min(0).max(9999).optional(),
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
  /** Tables of image-level labels. */
  labels: files,
  "labels[]": files,
  options: z
    .string()
    .max(10_000)
    .optional()
    .transform((text) => options.parse(parseJson(text ?? "{}"))),
});

const onePathOrMore = z
  .union([absolutePath, z.array(absolutePath).max(10_000)])
  .default([])
  .transform((paths) => (typeof paths === "string" ? [paths] : paths));

const folder = options.extend({
  paths: z.array(absolutePath).max(10_000),
  masks: onePathOrMore,
  labels: onePathOrMore,
});

const fileFormat = z.object({ format: z.enum(["txt", "csv"]).default("txt") });

export const imports = (session: Session) =>
  new Hono()
    .post("/", validate("form", upload), (c) => {
      const form = c.req.valid("form");
      const items = itemsOf(form.images, form["images[]"]);
      const masks = itemsOf(form.masks, form["masks[]"]);
      const labels = itemsOf(form.labels, form["labels[]"]);
      if (items.length + masks.length + labels.length === 0)
        throw new Problem({
          code: "bad-request",
          title: "No files were sent.",
          hint: "Choose images, masks or tables.",
        });
      const { split } = form.options;
      return c.json(session.open.startImport({ ...form.options, items, masks, labels, split, refused: [] }).state);
    })
    .post("/folder", validate("json", folder), (c) => {
      const { paths, masks, labels, split, ...chosen } = c.req.valid("json");
      const find = (watch: ListWatch) => listAll({ paths, masks, labels }, watch);
      return c.json(session.open.startImport({ ...chosen, split, find }).state);
    })
    .get("/privacy", (c) => c.json(privacyFields))
    .get("/reports", (c) => c.json(session.open.project.imports.list()))
    .get("/reports/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.imports.get(c.req.valid("param").id)),
    )
    .get("/reports/:id/file", validate("param", idParam), validate("query", fileFormat), (c) => {
      const { outcome } = session.open.project.imports.get(c.req.valid("param").id);
      return reportFile(outcome, c.req.valid("query").format);
    })
    .get("/:id", validate("param", idParam), (c) => c.json(session.open.importJob(c.req.valid("param").id).state))
    .get("/:id/file", validate("param", idParam), validate("query", fileFormat), (c) =>
      reportFile(session.open.importJob(c.req.valid("param").id).state, c.req.valid("query").format),
    )
    .post("/:id/again", validate("param", idParam), validate("json", options), (c) => {
      const { split, ...chosen } = c.req.valid("json");
      return c.json(session.open.importAgain(c.req.valid("param").id, { ...chosen, split }).state);
    })
    .post("/:id/cancel", validate("param", idParam), (c) =>
      c.json(session.open.importJob(c.req.valid("param").id).cancel()),
    );

function reportFile(outcome: ImportOutcome, format: "txt" | "csv"): Response {
  const headers = {
    "Content-Type": format === "csv" ? "text/csv; charset=utf-8; header=present" : "text/plain; charset=utf-8",
    "Content-Disposition": `attachment; filename="import-report.${format}"`,
  };
  return new Response(format === "csv" ? reportCsv(outcome) : reportText(outcome), { headers });
}

async function listAll(
  { paths, masks, labels }: Record<"paths" | "masks" | "labels", string[]>,
  watch: ListWatch,
): Promise<ImportFiles> {
  const images = await listImages(paths, [...masks, ...labels], watch);
  const ground = await listImportFiles(masks, watch);
  const tables = await listImportFiles(labels, watch);
  const refused = [...images.refused, ...ground.refused, ...tables.refused];
  return { items: images.items, masks: ground.items, labels: tables.items, refused };
}

/** Folders and files named as masks or labels are not also images, even where they lie in a folder of those. */
async function listImages(paths: readonly string[], others: readonly string[], watch: ListWatch): Promise<ImportList> {
  const within = (path: string): string[] =>
    others
      .map((each) => relative(path, each).replaceAll("\\", "/"))
      .filter((inner) => inner !== "" && !inner.startsWith("../") && !isAbsolute(inner));
  const list: ImportList = { items: [], refused: [] };
  const images = paths.filter((path) => !others.includes(path));
  const plain = images.filter((path) => within(path).length === 0);
  for (const chosen of [plain, ...images.filter((path) => !plain.includes(path)).map((path) => [path])]) {
    const inner = chosen.flatMap(within);
    const isOwn = (name: string): boolean => !inner.some((each) => name === each || name.startsWith(`${each}/`));
    const { items, refused } = await listImportFiles(chosen, watch);
    list.items.push(...items.filter(({ name }) => isOwn(name)));
    list.refused.push(...refused.filter(({ file }) => isOwn(file)));
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
    const hint = "Send them as a JSON object in the field `options`.";
    throw new Problem({ code: "bad-request", title: "The import options are not JSON.", hint }, { cause });
  }
}
