/** @file Label classes. */
import { Hono } from "hono";
import { z } from "zod";
import type { Session } from "./session.ts";
import { className, color, validate } from "./validate.ts";

const valueParam = z.object({
  value: z
    .string()
    .regex(/^[0-9]{1,3}$/, "expected a class value, 1 to 255")
    .transform(Number),
});

export const classes = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.classes.rows()))
    .post("/", validate("json", z.object({ name: className, color: color.optional() })), (c) =>
      c.json(session.open.project.classes.add(c.req.valid("json"))),
    )
    .get("/usage", async (c) => c.json(await session.open.project.classUsage.list()))
    .get("/:value/frames", validate("param", valueParam), async (c) =>
      c.json(await session.open.project.classUsage.frames(c.req.valid("param").value)),
    )
    .delete("/:value/pixels", validate("param", valueParam), async (c) =>
      c.json(await session.open.project.classUsage.clear(c.req.valid("param").value)),
    )
    .delete("/:value", validate("param", valueParam), async (c) => {
      await session.open.project.classUsage.remove(c.req.valid("param").value);
      return c.body(null, 204);
    })
    .patch(
      "/:value",
      validate("param", valueParam),
      validate(
        "json",
        z.object({
          name: className.optional(),
          color: color.optional(),
          isLocked: z.boolean().optional(),
          isHidden: z.boolean().optional(),
        }),
      ),
      (c) => c.json(session.open.project.classes.change(c.req.valid("param").value, c.req.valid("json"))),
    );
