/** @file The review queue, its records and maps. */
import { Hono } from "hono";
import { SCORE_MAP_MEDIA_TYPE } from "../voxels/index.ts";
import { bytesResponse } from "./bytes.ts";
import type { Session } from "./session.ts";
import { idParam, validate } from "./validate.ts";

export const review = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.reviewer.queue()))
    .post("/undo", (c) => c.json(session.open.project.reviews.undo()))
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.reviews.record(c.req.valid("param").id)),
    )
    .get("/:id/uncertainty", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.reviews.uncertainty(c.req.valid("param").id), SCORE_MAP_MEDIA_TYPE),
    )
    .get("/:id/difference", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.reviews.difference(c.req.valid("param").id), SCORE_MAP_MEDIA_TYPE),
    );
