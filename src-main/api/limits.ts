/**
 * @file How much one request may hold. The numbers guard memory: an upload is held whole.
 */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Problem } from "../problem/index.ts";

const MiB = 2 ** 20;
/** JSON bodies are a few hundred bytes; lists of paths a few thousand. */
export const MAX_JSON_BYTES = MiB;
/** A label map whose every pixel differs from the one before takes two to four bytes a pixel. */
export const MAX_MASK_BYTES = 64 * MiB;
/** Files dropped or chosen in the window. More goes by folder, where files are read one by one. */
export const MAX_UPLOAD_BYTES = 1024 * MiB;
/** Files of one upload. */
export const MAX_UPLOAD_FILES = 20_000;

const IMPORT_HINT = "Import the folder that holds the files instead: it is read file by file.";
const MASK_HINT = "The label map has too many specks to be stored. Undo the last change, or smooth it first.";

const limitOf = (maxSize: number, hint = IMPORT_HINT): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError() {
      throw new Problem({
        code: "image-too-large",
        title: `The request is larger than ${maxSize / MiB} MiB.`,
        hint,
      });
    },
  });

const limits = {
  json: limitOf(MAX_JSON_BYTES),
  mask: limitOf(MAX_MASK_BYTES, MASK_HINT),
  upload: limitOf(MAX_UPLOAD_BYTES),
};

/** Middleware: refuses a body beyond the limit of its kind before it is read. */
export const limitBody: MiddlewareHandler = (context, next) => {
  const { method, path } = context.req;
  if (method === "PUT") return limits.mask(context, next);
  if (method === "POST" && path === "/api/imports") return limits.upload(context, next);
  return limits.json(context, next);
};
