/** @file The review queue, its records and maps. */
import { Hono } from "hono";
import { z } from "zod";
import { SCORE_MAP_MEDIA_TYPE } from "../voxels/index.ts";
import { bytesResponse } from "./bytes.ts";
import type { Session } from "./session.ts";
import { idList, idParam, validate } from "./validate.ts";

const countQuery = z.object({
  count: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, "expected a number from 1 to 999")
    .transform(Number)
    .default(5),
});

/** More than there are regions that anybody looks at. */
const MAX_MARKS = 1000;
const regionMarks = z.strictObject({
  marks: z
    .array(
      z.strictObject({
        verdict: z.enum(["kept", "removed"]),
        kind: z.enum(["doubt", "part"]),
        value: z.int().min(0).max(255),
        doubt: z.number().min(0).max(1),
        mask: z.base64(),
      }),
    )
    .max(MAX_MARKS),
});

export const review = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.reviewer.queue()))
    .get("/changes", validate("query", z.object({ frames: idList })), (c) =>
      c.json(session.open.reviewer.changes(c.req.valid("query").frames)),
    )
    .post("/undo", (c) => c.json(session.open.project.reviews.undo()))
    .get("/suggestions", validate("query", countQuery), (c) =>
      c.json(session.open.reviewer.suggestions(c.req.valid("query").count)),
    )
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.reviews.record(c.req.valid("param").id)),
    )
    .get("/:id/regions", validate("param", idParam), (c) =>
      c.json(session.open.project.regionMarks.list(c.req.valid("param").id)),
    )
    .put("/:id/regions", validate("param", idParam), validate("json", regionMarks), (c) => {
      session.open.project.regionMarks.replace(c.req.valid("param").id, c.req.valid("json").marks);
      return c.body(null, 204);
    })
    .get("/:id/uncertainty", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.reviews.uncertainty(c.req.valid("param").id), SCORE_MAP_MEDIA_TYPE),
    )
    .get("/:id/difference", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.reviews.difference(c.req.valid("param").id), SCORE_MAP_MEDIA_TYPE),
    );
