/** @file ONNX networks of the person's own that classifiers are trained on: looked at in a process of their own, kept in the project. */
import { Hono } from "hono";
import { z } from "zod";
import type { TrunkRecord } from "../methods/index.ts";
import { lookAtTrunk } from "../runs/queue.ts";
import type { TrunkRow } from "./contract.ts";
import type { Session } from "./session.ts";
import { absolutePath, validate } from "./validate.ts";

const adding = z.strictObject({ path: absolutePath });
const idText = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/, "expected the id of a trunk") });

function trunkRow({ graph: _, sha256: _digest, ...row }: TrunkRecord): TrunkRow {
  return row;
}

export const trunks = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.open.project.trunks.list().map((record) => trunkRow(record as TrunkRecord))))
    .post("/", validate("json", adding), async (c) => {
      const { project } = session.open;
      const { record, bytes } = await lookAtTrunk(session.spawnRun(), c.req.valid("json").path, session.closing);
      project.trunks.add(record, bytes);
      return c.json(trunkRow(record));
    })
    .delete("/:id", validate("param", idText), (c) => {
      session.open.project.trunks.remove(c.req.valid("param").id);
      return c.body(null, 204);
    });
