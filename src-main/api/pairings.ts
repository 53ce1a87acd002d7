/** @file Pairings of two modalities, and what fills in the missing one. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { deviceName, idParam, validate } from "./validate.ts";

const MOST_LINES = 100_000;
const name = z.string().trim().min(1).max(200);
const request = z.strictObject({
  from: name,
  to: name,
  by: z.enum(["auto", "series", "name", "table"]).optional(),
  kind: z.enum(["paired", "loose", "unpaired"]).optional(),
  table: z
    .array(z.tuple([name, name]))
    .max(MOST_LINES)
    .optional(),
});

const pairParam = z.object({ id: z.coerce.number().int().positive(), place: z.coerce.number().int().nonnegative() });
const places = z.array(z.int().nonnegative()).min(1).max(MOST_LINES);
const marking = z.strictObject({ places, mark: z.enum(["kept", "loose", "removed"]) });
const alignment = z.strictObject({
  model: z.enum(["rigid", "affine", "none"]),
  alongSlices: z.boolean().optional(),
  places: places.optional(),
});

export const pairings = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.pairings.list()))
    .post("/", validate("json", request), (c) => c.json(session.open.project.pairings.add(c.req.valid("json"))))
    .get("/choices", (c) => c.json(session.open.project.pairings.choices()))
    .post("/align/cancel", (c) => {
      session.open.aligner.cancel();
      return c.body(null, 204);
    })
    .get("/:id", validate("param", idParam), (c) => c.json(session.open.project.pairings.get(c.req.valid("param").id)))
    .get("/:id/pairs/:place/ranges", validate("param", pairParam), async (c) => {
      const { id, place } = c.req.valid("param");
      return c.json(await session.open.ranges.of(id, place));
    })
    .put("/:id/pairs", validate("param", idParam), validate("json", marking), (c) => {
      const { pairings } = session.open.project;
      const { id } = c.req.valid("param");
      const { places, mark } = c.req.valid("json");
      pairings.mark(id, places, mark);
      return c.json(pairings.get(id));
    })
    .post("/:id/align", validate("param", idParam), validate("json", alignment), async (c) =>
      c.json(await session.open.aligner.run(c.req.valid("param").id, c.req.valid("json"))),
    )
    .post("/:id/undo", validate("param", idParam), (c) =>
      c.json(session.open.project.pairings.undo(c.req.valid("param").id)),
    );

const translation = z.strictObject({
  modelId: z.int().positive().optional(),
  from: name.optional(),
  to: name.optional(),
  all: z.boolean().optional(),
  device: deviceName.optional(),
});

const flowRequest = z.strictObject({
  modelId: z.int().positive(),
  pairingId: z.int().positive(),
  place: z.int().nonnegative(),
});

export const translations = (session: Session) =>
  new Hono()
    .post("/", validate("json", translation), (c) => c.json(session.open.queue.submitTranslation(c.req.valid("json"))))
    .post("/flow", validate("json", flowRequest), async (c) =>
      c.json(await session.open.deformations.estimate(c.req.valid("json"))),
    )
    .post("/outlines", (c) => c.json(session.open.project.carriedOutlines.carry()))
    .get("/:id", validate("param", idParam), (c) =>
      c.json(session.open.project.translations.made(c.req.valid("param").id)),
    );
