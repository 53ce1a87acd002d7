/** @file Runs: training, started and followed. */
import { Hono } from "hono";
import { z } from "zod";
import { trendOf } from "../runs/queue.ts";
import { FRAME_MEDIA_TYPE } from "../voxels/index.ts";
import { bytesResponse, LABEL_MAP_MEDIA_TYPE } from "./bytes.ts";
import type { Session } from "./session.ts";
import { absolutePath, deviceName, idParam, idText, validate } from "./validate.ts";

export const trainingRequest = z.object({
  method: z.string().min(1).max(80),
  preset: z.string().min(1).max(80).optional(),
  settings: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).default({}),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  device: deviceName.default("auto"),
  fromModel: z.number().int().positive().optional(),
  pairing: z.number().int().positive().optional(),
  labels: z.array(z.int().positive()).min(1).max(100).optional(),
  includeAccepted: z.boolean().optional(),
  steps: z.number().int().positive().optional(),
  profile: z.boolean().optional(),
  hold: z.boolean().optional(),
});

const place = z.strictObject({ path: absolutePath });
const move = z.strictObject({ position: z.int().positive() });
const frameParam = z.object({ id: idText, frameId: idText });
const sampleParam = z.object({
  id: idText,
  step: z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number),
  frameId: idText,
});

export const runs = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.runs.list()))
    .get("/:id", validate("param", idParam), (c) => {
      const { project } = session.open;
      const { id } = c.req.valid("param");
      return c.json({ ...project.runs.get(id), trend: trendOf(project, id) });
    })
    .get("/:id/profile", validate("param", idParam), (c) =>
      c.json(session.open.queue.profiles(c.req.valid("param").id)),
    )
    .get("/:id/samples", validate("param", idParam), (c) =>
      c.json(session.open.project.runSamples.list(c.req.valid("param").id)),
    )
    .get("/:id/samples/:step/:frameId", validate("param", sampleParam), (c) => {
      const { id, step, frameId } = c.req.valid("param");
      const { kind, bytes } = session.open.project.runSamples.get(id, step, frameId);
      return bytesResponse(bytes, kind === "picture" ? FRAME_MEDIA_TYPE : LABEL_MAP_MEDIA_TYPE);
    })
    .get("/:id/truth/:frameId", validate("param", frameParam), (c) => {
      const { id, frameId } = c.req.valid("param");
      return bytesResponse(session.open.project.runSamples.truth(id, frameId), LABEL_MAP_MEDIA_TYPE);
    })
    .post("/", validate("json", trainingRequest), (c) => c.json(session.open.queue.submitTraining(c.req.valid("json"))))
    .post("/:id/cancel", validate("param", idParam), (c) => c.json(session.open.queue.cancel(c.req.valid("param").id)))
    .post("/:id/pause", validate("param", idParam), (c) => c.json(session.open.queue.pause(c.req.valid("param").id)))
    .post("/:id/resume", validate("param", idParam), (c) => c.json(session.open.queue.resume(c.req.valid("param").id)))
    .post("/:id/finish", validate("param", idParam), (c) => c.json(session.open.queue.finish(c.req.valid("param").id)))
    .post("/:id/stop-search", validate("param", idParam), (c) =>
      c.json(session.open.queue.stopSearch(c.req.valid("param").id)),
    )
    .post("/results", validate("json", place), async (c) =>
      c.json(await session.open.queue.importResult(c.req.valid("json").path)),
    )
    .post("/:id/bundle", validate("param", idParam), validate("json", place), async (c) =>
      c.json(await session.open.bundles.write(c.req.valid("param").id, c.req.valid("json").path)),
    )
    .post("/:id/bundle/cancel", validate("param", idParam), (c) => {
      session.open.bundles.cancel(c.req.valid("param").id);
      return c.body(null, 204);
    })
    .post("/:id/move", validate("param", idParam), validate("json", move), (c) =>
      c.json(session.open.queue.move(c.req.valid("param").id, c.req.valid("json").position)),
    );
