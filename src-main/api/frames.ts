/** @file Frames: their pixels, and the annotation drawn on them. */
import { Hono } from "hono";
import { z } from "zod";
import { FRAME_MEDIA_TYPE } from "../voxels/index.ts";
import { bodyBytes, bytesResponse, LABEL_MAP_MEDIA_TYPE } from "./bytes.ts";
import { redaction } from "./redactions.ts";
import type { Session } from "./session.ts";
import { frameScope, idList, idParam, validate } from "./validate.ts";

/** Revision that the person drew on, 0 for none. */
const baseQuery = z.object({
  base: z
    .string()
    .regex(/^[0-9]{1,15}$/, "expected a revision id")
    .transform(Number)
    .optional(),
});

const review = z.strictObject({ reviewed: z.boolean(), scope: frameScope.default("frame") });

/** Frames of one action; each once. */
const severalMasks = z.strictObject({
  frames: z
    .array(
      z.strictObject({
        frameId: z.int().positive(),
        base: z.int().nonnegative(),
        labelMap: z.base64(),
      }),
    )
    .min(1)
    .max(10_000),
});

export const frames = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.images.frames()))
    .get("/columns", (c) => c.json(session.open.project.images.frameColumns()))
    .get("/rows", validate("query", z.object({ ids: idList })), (c) =>
      c.json(session.open.project.images.rows(c.req.valid("query").ids)),
    )
    .get("/:id/thumbnail", validate("param", idParam), (c) =>
      bytesResponse(session.open.project.images.thumbnail(c.req.valid("param").id), "image/png"),
    )
    .get("/:id/pixels", validate("param", idParam), async (c) =>
      bytesResponse(await session.open.pixels(c.req.valid("param").id), FRAME_MEDIA_TYPE),
    )
    .get("/:id/mask", validate("param", idParam), (c) => {
      const { id } = c.req.valid("param");
      const { annotation, bytes } = session.open.mask(id);
      return bytesResponse(bytes, LABEL_MAP_MEDIA_TYPE, { "Aliquot-Annotation": JSON.stringify(annotation) });
    })
    .put("/:id/mask", validate("param", idParam), validate("query", baseQuery), async (c) => {
      const { id } = c.req.valid("param");
      const { base } = c.req.valid("query");
      return c.json(session.open.draw(id, await bodyBytes(c), base));
    })
    .put("/masks", validate("json", severalMasks), (c) =>
      c.json(
        session.open.project.annotations.writeGroup(
          c.req.valid("json").frames.map(({ frameId, base, labelMap }) => ({
            frameId,
            base,
            rle: new Uint8Array(Buffer.from(labelMap, "base64")),
          })),
        ),
      ),
    )
    .get("/:id/slices", validate("param", idParam), (c) =>
      c.json(session.open.project.slices.around(c.req.valid("param").id)),
    )
    .post("/:id/undo", validate("param", idParam), validate("query", baseQuery), (c) =>
      c.json(session.open.project.proposalSteps.undo(c.req.valid("param").id, c.req.valid("query").base)),
    )
    .post("/:id/redo", validate("param", idParam), validate("query", baseQuery), (c) =>
      c.json(session.open.project.proposalSteps.redo(c.req.valid("param").id, c.req.valid("query").base)),
    )
    .post("/:id/redactions", validate("param", idParam), validate("json", redaction), async (c) =>
      c.json(await session.open.redactions.redact(c.req.valid("param").id, c.req.valid("json"))),
    )
    .get("/:id/burned-in", validate("param", idParam), (c) =>
      c.json(session.open.project.burnedIn.detail(c.req.valid("param").id)),
    )
    .put("/:id/burned-in", validate("param", idParam), validate("json", review), (c) => {
      const { id } = c.req.valid("param");
      const { reviewed, scope } = c.req.valid("json");
      const { images, burnedIn } = session.open.project;
      images.frame(id); // throws "not-found"
      burnedIn.review(burnedIn.framesOf(id, scope), reviewed);
      return c.json(images.frame(id).row);
    })
    .get("/:id/provenance", validate("param", idParam), (c) =>
      c.json(session.open.project.reviews.provenance(c.req.valid("param").id)),
    )
    .get("/:id/proposal", validate("param", idParam), (c) => c.json(session.open.proposalOf(c.req.valid("param").id)))
    .get("/:id/proposals", validate("param", idParam), (c) =>
      c.json(session.open.project.proposals.ofFrame(c.req.valid("param").id)),
    );
