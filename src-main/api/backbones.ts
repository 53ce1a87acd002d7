/** @file Backbones of this machine: what they are is told to anyone, where they lie stays in the settings folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import {
  BACKBONE_ROLES,
  BACKBONE_USES,
  backboneBytesOf,
  backboneUses,
  openShelf,
  readShelf,
  requireBackbone,
  type ShelvedBackbone,
} from "../methods/index.ts";
import { type ChildProcessLike, lookAtBackbone, paintOnBackbone } from "../runs/queue.ts";
import type { AddedBackbone, BackboneRow } from "./contract.ts";
import type { Session } from "./session.ts";
import { writeSettingsFile } from "./settings-file.ts";
import { absolutePath, deviceName, validate } from "./validate.ts";

const adding = z.strictObject({ folder: absolutePath, prompt: z.string().max(1000).default("") });
const idText = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/, "expected the id of a backbone") });
export const backbonePainting = z.strictObject({
  out: absolutePath,
  count: z.int().min(1).max(1000).default(1),
  seed: z.int().min(0).default(1),
  size: z.int().min(64).max(1024).default(512),
  solver: z.enum(["ddim", "dpm-solver++"]).default("ddim"),
  steps: z.int().min(1).max(500).default(50),
  guidance: z.number().min(0).max(50).default(9),
  device: deviceName.default("auto"),
  masks: z.array(absolutePath).min(1).max(1000).nullable().default(null),
});

export function backboneRow({ record }: ShelvedBackbone): BackboneRow {
  const { id, name, prompt, parts, facts } = record;
  const uses = backboneUses(record);
  return {
    id,
    name,
    prompt,
    parts: parts.map((part) => {
      const [file] = part.files;
      return { role: BACKBONE_ROLES[part.role], name: file!.name, bytes: backboneBytesOf(part), sha256: file!.sha256 };
    }),
    uses: uses.map((use) => BACKBONE_USES[use]),
    isTrainable: uses.includes("train"),
    size: facts.size,
  };
}

/** The list in the settings folder, and processes to look at folders. */
export class Backbones {
  readonly #file: string;
  readonly #spawn: () => ChildProcessLike;

  constructor(file: string, spawn: () => ChildProcessLike) {
    this.#file = file;
    this.#spawn = spawn;
  }

  get shelf() {
    return openShelf(this.#file);
  }

  list(): BackboneRow[] {
    return readShelf(this.#file).map(backboneRow);
  }

  async add(request: z.output<typeof adding>, signal: AbortSignal): Promise<AddedBackbone> {
    const { record, leftOut } = await lookAtBackbone(this.#spawn(), request, signal);
    const added = { record, folder: request.folder };
    const others = readShelf(this.#file).filter((each) => each.record.id !== record.id);
    writeSettingsFile(this.#file, { backbones: [...others, added] });
    return { ...backboneRow(added), leftOut };
  }

  /** Its files stay where they are. */
  remove(id: string): void {
    requireBackbone(this.shelf, id);
    writeSettingsFile(this.#file, { backbones: readShelf(this.#file).filter(({ record }) => record.id !== id) });
  }

  async paint(
    id: string,
    { out, ...painting }: z.output<typeof backbonePainting>,
    signal: AbortSignal,
  ): Promise<string[]> {
    const { images } = await paintOnBackbone(this.#spawn(), { id, ...painting }, signal);
    mkdirSync(out, { recursive: true });
    for (const { name, bytes } of images) writeFileSync(join(out, name), bytes);
    return images.map(({ name }) => name);
  }
}

export const backbones = ({ backbones: known, closing }: Session) =>
  new Hono()
    .get("/", (c) => c.json(known.list()))
    .post("/", validate("json", adding), async (c) => c.json(await known.add(c.req.valid("json"), closing)))
    .delete("/:id", validate("param", idText), (c) => {
      known.remove(c.req.valid("param").id);
      return c.body(null, 204);
    })
    .post("/:id/paintings", validate("param", idText), validate("json", backbonePainting), async (c) =>
      c.json(await known.paint(c.req.valid("param").id, c.req.valid("json"), closing)),
    );
