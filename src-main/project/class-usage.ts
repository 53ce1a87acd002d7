/**
 * @file Which classes stand in which annotations. Revisions never change, so each is counted once and remembered; counting lets
 * other work through between portions.
 */
import { setImmediate } from "node:timers/promises";
import type { AnnotatedArea, ClassUsage as Usage } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { classPixels, objectSizes, withoutClass } from "../voxels/index.ts";
import type { Annotations } from "./annotations.ts";
import { unpack } from "./blobs.ts";
import type { Classes } from "./classes.ts";
import { newGroup } from "./edit-groups.ts";
import type { ProjectFile } from "./file.ts";
import type { Revisions } from "./revisions.ts";
import { found } from "./trouble.ts";

/** Milliseconds of counting at a stretch: a stroke that arrives meanwhile does not wait longer. */
const STRETCH_MS = 8;
const PORTION = 50;
const HEADS = `SELECT frame.id AS frameId, head_id AS id FROM frame JOIN image ON image.id = frame.image_id
  WHERE head_id IS NOT NULL AND image.removed_by IS NULL ORDER BY frame.id`;

type Pixels = ReadonlyMap<number, number>;

interface ClassUsageParts {
  file: ProjectFile;
  classes: Classes;
  revisions: Revisions;
  annotations: Annotations;
}

export interface FrameObjects {
  frameId: number;
  sizes: ReadonlyMap<number, readonly number[]>;
  pixelMm2: number | null;
}

export interface CountOptions {
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export class ClassUsage {
  readonly #file: ProjectFile;
  readonly #classes: Classes;
  readonly #revisions: Revisions;
  readonly #annotations: Annotations;
  /** Pixels by class of each revision that was counted. */
  readonly #counted = new Map<number, Pixels>();
  /** Sizes of the objects of each revision that was looked through. */
  readonly #objects = new Map<number, ReadonlyMap<number, readonly number[]>>();

  constructor({ file, classes, revisions, annotations }: ClassUsageParts) {
    this.#file = file;
    this.#classes = classes;
    this.#revisions = revisions;
    this.#annotations = annotations;
  }

  /** Of all classes, by value; in the present annotations. */
  async list(): Promise<Usage[]> {
    const usage = new Map(this.#classes.list().map(({ value }) => [value, { value, frames: 0, pixels: 0 }]));
    for (const { pixels } of await this.#heads()) {
      for (const [value, count] of pixels) {
        const row = usage.get(value);
        if (row === undefined) continue;
        row.frames++;
        row.pixels += count;
      }
    }
    return [...usage.values()];
  }

  /** Ids of the frames that show the class. */
  async frames(value: number): Promise<number[]> {
    return (await this.#heads()).filter(({ pixels }) => pixels.has(value)).map(({ frameId }) => frameId);
  }

  /**
   * Of the present annotations: the pixels of each object by class, see `objectSizes`, and the area of one pixel, null where it is not
   * known. Told on the way: how many of them are counted.
   */
  async objects({ onProgress, signal }: CountOptions = {}): Promise<FrameObjects[]> {
    const areas = this.#pixelAreas();
    const heads = this.#file.all<{ frameId: number; id: number }>(HEADS);
    const objects: FrameObjects[] = [];
    let started = performance.now();
    for (const [index, { frameId, id }] of heads.entries()) {
      let sizes = this.#objects.get(id);
      if (sizes === undefined) {
        sizes = objectSizes(this.#revisions.labelMap(id));
        this.#objects.set(id, sizes);
      }
      objects.push({ frameId, sizes, pixelMm2: areas.get(frameId) ?? null });
      if (performance.now() - started < STRETCH_MS) continue;
      onProgress?.(index + 1, heads.length);
      await setImmediate();
      signal?.throwIfAborted();
      started = performance.now();
    }
    return objects;
  }

  /** mm² of a pixel of each annotated frame where it is known. */
  #pixelAreas(): Map<number, number> {
    return new Map(
      this.#file
        .raw<[frameId: number, x: number, y: number]>(
          `SELECT id, json_extract(metadata, '$.spacing.x'), json_extract(metadata, '$.spacing.y') FROM frame
           WHERE head_id IS NOT NULL AND json_extract(metadata, '$.spacing') IS NOT NULL`,
        )
        .map(([frameId, x, y]) => [frameId, x * y]),
    );
  }

  /** Of the frames with an annotation: how much of them is no background. */
  async areas(): Promise<AnnotatedArea[]> {
    const spacings = this.#pixelAreas();
    return (await this.#heads()).map(({ frameId, pixels: counts }) => {
      const pixels = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const pixelMm2 = spacings.get(frameId);
      return { frameId, pixels, mm2: pixelMm2 === undefined ? null : pixels * pixelMm2 };
    });
  }

  /**
   * Takes the class off all present annotations, as one action to undo. Returns the frames that showed it. Throws `Problem` "conflict"
   * while it is locked.
   */
  async clear(value: number): Promise<number[]> {
    await this.#count(HEADS);
    return this.#file.edit("take a class off all images", [], () => {
      const { name, isLocked } = found(
        this.#classes.rows().find((labelClass) => labelClass.value === value),
        "class",
        value,
      );
      if (isLocked) {
        throw new Problem({
          code: "conflict",
          title: `${name} is locked and stays as it is.`,
          hint: "Unlock it first.",
        });
      }
      const shown = this.#presentHeads().filter(({ pixels }) => pixels.has(value));
      if (shown.length === 0) return [];
      const groupId = newGroup(this.#file);
      for (const { frameId, id } of shown) {
        const rle = withoutClass(this.#revisions.labelMap(id), value);
        this.#annotations.write(frameId, rle, { origin: "drawn", base: id, groupId });
      }
      return shown.map(({ frameId }) => frameId);
    });
  }

  /**
   * Deletes a class that nothing knows: no annotation, present or past (undo would bring it back), no proposal and no model. So
   * its value may be given again. Throws `Problem` "conflict" otherwise.
   */
  async remove(value: number): Promise<void> {
    const revisions = "SELECT id FROM mask_revision ORDER BY id";
    await this.#count(revisions);
    this.#file.edit("delete a class", ["project"], () => {
      const { name } = found(
        this.#classes.list().find((labelClass) => labelClass.value === value),
        "class",
        value,
      );
      const inUse = (where: string): Problem =>
        new Problem({
          code: "conflict",
          title: `${name} is in use and was not deleted.`,
          detail: where,
          hint: "Rename it, or leave it unused.",
        });
      if (this.#classes.list().length === 1) throw inUse("A project has at least one class.");
      for (const { id } of this.#file.all<{ id: number }>(revisions)) {
        if (this.#pixelsOf(id).has(value)) {
          throw inUse("It stands in an annotation, or in an earlier one that undo can bring back.");
        }
      }
      for (const proposal of this.#file.all<{ isDeflated: number; bytes: Uint8Array }>(
        "SELECT is_deflated AS isDeflated, label_map AS bytes FROM proposal",
      )) {
        if (classPixels(unpack(proposal)).has(value)) throw inUse("It stands in a proposal of a model.");
      }
      const models = this.#file.all<{ classes: string }>("SELECT classes FROM model");
      if (models.some(({ classes }) => (JSON.parse(classes) as Usage[]).some((known) => known.value === value))) {
        throw inUse("A model has learned it.");
      }
      this.#file.run("DELETE FROM label_class WHERE value = ?", value);
    });
  }

  async #heads(): Promise<{ frameId: number; pixels: Pixels }[]> {
    await this.#count(HEADS);
    // What was drawn while counting is few, and counted here.
    return this.#presentHeads();
  }

  #presentHeads(): { frameId: number; id: number; pixels: Pixels }[] {
    return this.#file
      .all<{ frameId: number; id: number }>(HEADS)
      .map(({ frameId, id }) => ({ frameId, id, pixels: this.#pixelsOf(id) }));
  }

  /** Counts the revisions of a query that were not counted yet. */
  async #count(revisions: string): Promise<void> {
    const missing = this.#file.all<{ id: number }>(revisions).filter(({ id }) => !this.#counted.has(id));
    let started = performance.now();
    for (const [index, { id }] of missing.entries()) {
      this.#pixelsOf(id);
      if (index % PORTION !== 0 || performance.now() - started < STRETCH_MS) continue;
      await setImmediate();
      started = performance.now();
    }
  }

  #pixelsOf(revisionId: number): Pixels {
    const known = this.#counted.get(revisionId);
    if (known !== undefined) return known;
    const pixels = classPixels(this.#revisions.labelMap(revisionId));
    this.#counted.set(revisionId, pixels);
    return pixels;
  }
}
