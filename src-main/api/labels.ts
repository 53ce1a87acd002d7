/** @file Labels of whole images and patients. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { idParam, idText, validate } from "./validate.ts";

const text = z.string().trim().min(1).max(100);
const bound = z.number().nullable().optional();
const fields = {
  options: z.array(text).max(1000).optional(),
  thresholds: z.array(text).max(1000).optional(),
  unit: z.string().max(20).nullable().optional(),
  minimum: bound,
  maximum: bound,
};
const newLabel = z.strictObject({
  name: text,
  kind: z.enum(["class", "grade", "number"]),
  scope: z.enum(["image", "patient"]).optional(),
  ...fields,
});
const change = z.strictObject({ name: text.optional(), kind: z.enum(["class", "grade"]).optional(), ...fields });

export const labels = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.labelDefinitions.list()))
    .post("/", validate("json", newLabel), (c) =>
      c.json(session.open.project.labelDefinitions.add(c.req.valid("json"))),
    )
    .get("/history", (c) => c.json(session.open.project.labels.history()))
    .post("/undo", (c) => c.json(session.open.project.labels.undo()))
    .post("/redo", (c) => c.json(session.open.project.labels.redo()))
    .patch("/:id", validate("param", idParam), validate("json", change), (c) =>
      c.json(session.open.project.labelDefinitions.change(c.req.valid("param").id, c.req.valid("json"))),
    )
    .get("/:id/values", validate("param", idParam), (c) =>
      c.json(session.open.project.labels.values(c.req.valid("param").id)),
    )
    .put(
      "/:id/frames/:frameId",
      validate("param", z.object({ id: idText, frameId: idText })),
      validate("json", z.strictObject({ value: z.union([z.string().max(100), z.number()]).nullable() })),
      (c) => {
        const { id, frameId } = c.req.valid("param");
        return c.json(session.open.project.labels.set(id, frameId, c.req.valid("json").value));
      },
    );
