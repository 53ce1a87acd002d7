/** @file Backbones of this machine: what they are is told to anyone, where they lie stays in the settings folder. */
import { Hono } from "hono";
import { z } from "zod";
import {
  BACKBONE_ROLES,
  BACKBONE_USES,
  backboneBytesOf,
  backboneRemarks,
  backboneUses,
  openShelf,
  readShelf,
  requireBackbone,
  type ShelvedBackbone,
} from "../methods/index.ts";
import { type ChildProcessLike, lookAtBackbone, paintOnBackbone } from "../runs/queue.ts";
import { pictureNames, preparePictures, writePicture } from "./backbone-pictures.ts";
import type { AddedBackbone, BackboneRow } from "./contract.ts";
import type { Listeners } from "./listeners.ts";
import { progressOf } from "./progress.ts";
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
  /** Replace files of the same names; else they are a conflict. */
  overwrite: z.boolean().default(false),
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
    remarks: backboneRemarks(record),
  };
}

export interface BackbonesParts {
  /** The list, in the settings folder. */
  file: string;
  spawn: () => ChildProcessLike;
  listeners: Listeners;
}

/** The list in the settings folder, processes to look at folders, and paintings under way. */
export class Backbones {
  readonly #file: string;
  readonly #spawn: () => ChildProcessLike;
  readonly #listeners: Listeners;
  /** By the backbone's id. */
  readonly #paintings = new Set<{ id: string; cancel: AbortController }>();

  constructor({ file, spawn, listeners }: BackbonesParts) {
    this.#file = file;
    this.#spawn = spawn;
    this.#listeners = listeners;
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

  /** Names of the files, each written as soon as it is painted. Rejects with `Problem`, "cancelled" after `cancelPaintings`; what is written stays. */
  async paint(
    id: string,
    { out, overwrite, ...painting }: z.output<typeof backbonePainting>,
    closing: AbortSignal,
  ): Promise<string[]> {
    const { masks, steps } = painting;
    requireBackbone(this.shelf, id);
    const names = pictureNames(painting);
    await preparePictures(out, names, { masks, overwrite });
    const job = { id, cancel: new AbortController() };
    this.#paintings.add(job);
    const tell = (done: number, secondsLeft: number | null): void => {
      const at = { done: Math.floor(done / steps), total: names.length, step: done % steps, steps };
      this.#listeners.tell({ type: "backbone-painting", data: { backboneId: id, ...at, secondsLeft } });
    };
    tell(0, null);
    // The parts are opened first, which takes its own time: the pace is that of the steps.
    let note: ReturnType<typeof progressOf> | null = null;
    try {
      await paintOnBackbone(
        this.#spawn(),
        { id, ...painting },
        {
          signal: AbortSignal.any([closing, job.cancel.signal]),
          onPicture: (place, bytes) => writePicture(out, names[place]!, bytes),
          onStep: (step, place) => {
            note ??= progressOf(({ done, secondsLeft }) => tell(done, secondsLeft));
            note(place * steps + step, names.length * steps);
          },
        },
      );
    } finally {
      this.#paintings.delete(job);
    }
    return names;
  }

  /** A painting that has ended in the meantime needs no cancelling. */
  cancelPaintings(id: string): void {
    for (const job of this.#paintings) if (job.id === id) job.cancel.abort();
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
    )
    .post("/:id/paintings/cancel", validate("param", idText), (c) => {
      known.cancelPaintings(c.req.valid("param").id);
      return c.body(null, 204);
    });
