/** @file Redactions of one or many files: one at a time, each file stored as it is done, followed by events, cancelled at will. */
import { Hono } from "hono";
import { z } from "zod";
import type { DecodePool, RedactedSource } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project, RedactedFile } from "../project/index.ts";
import type { Redaction, RedactionReport } from "./contract.ts";
import type { Listeners } from "./listeners.ts";
import type { Session } from "./session.ts";
import { frameScope, idParam, validate } from "./validate.ts";

const side = z.number().int().min(0).max(65_535);

/** Body of a redaction. */
export const redaction = z.strictObject({
  rectangles: z
    .array(z.strictObject({ x: side, y: side, width: side.min(1), height: side.min(1) }))
    .min(1)
    .max(1000),
  fill: z.union([z.enum(["black", "local"]), z.number()]).default("black"),
  scope: frameScope.default("frame"),
  reviewed: z.boolean().default(false),
});

export const redactions = (session: Session) =>
  new Hono().post("/:id/cancel", validate("param", idParam), (c) => {
    session.open.redactions.cancel(c.req.valid("param").id);
    return c.body(null, 204);
  });

const PROGRESS_MS = 100;
/** Files and bytes that are stored together: each storing empties the log and rewrites the snapshots. */
const BATCH_FILES = 16;
const BATCH_BYTES = 2 ** 26;
/** Troubles that every further file would meet too. */
const fatalCodes = new Set<Problem["code"]>(["disk-full", "read-only", "project-locked", "busy"]);

/** A stored file with the frames of it that are to be redacted. */
interface Target {
  frameId: number;
  /** By their number in the file. */
  frames: Map<number, number>;
}

interface RedactionParts {
  project: Project;
  pool: DecodePool;
  listeners: Listeners;
  /** Drops decoded pixels of a frame. */
  forget: (frameId: number) => void;
}

export class Redactions {
  readonly #parts: RedactionParts;
  #running: { redactionId: number; cancel: AbortController; ended: Promise<unknown> } | null = null;
  #count = 0;

  constructor(parts: RedactionParts) {
    this.#parts = parts;
  }

  /**
   * Sets rectangles of the pixels of all frames in scope, for good: no undo, no copy. Throws `Problem` "busy" while another one
   * runs, and what refused the only file; of several files the refused ones are in the report.
   */
  async redact(frameId: number, request: Redaction): Promise<RedactionReport> {
    if (this.#running !== null) {
      throw new Problem({ code: "busy", title: "A redaction is running.", hint: "Wait for it to end, or cancel it." });
    }
    const redactionId = ++this.#count;
    const cancel = new AbortController();
    const work = this.#run(redactionId, frameId, request, cancel.signal);
    this.#running = { redactionId, cancel, ended: work.catch(() => undefined) };
    try {
      return await work;
    } finally {
      this.#running = null;
    }
  }

  /** One that has ended in the meantime needs no cancelling. */
  cancel(redactionId: number): void {
    if (this.#running?.redactionId === redactionId) this.#running.cancel.abort();
  }

  async close(): Promise<void> {
    this.#running?.cancel.abort();
    await this.#running?.ended;
  }

  async #run(redactionId: number, frameId: number, request: Redaction, signal: AbortSignal): Promise<RedactionReport> {
    const { project, listeners } = this.#parts;
    const targets = this.#targetsOf(frameId, request);
    const started = performance.now();
    let told = -Infinity;
    const tell = (done: number): void => {
      const now = performance.now();
      if (now - told < PROGRESS_MS) return;
      told = now;
      const secondsLeft = done === 0 ? null : ((now - started) / 1000 / done) * (targets.length - done);
      listeners.tell({ type: "redaction", data: { redactionId, done, total: targets.length, secondsLeft } });
    };
    const report = { redacted: 0, refused: [] as RedactionReport["refused"] };
    let waiting: RedactedFile[] = [];
    const store = (): void => {
      project.images.redact(waiting);
      for (const each of waiting.flatMap(({ frames }) => frames)) this.#parts.forget(each.frameId);
      report.redacted += waiting.reduce((sum, { frames }) => sum + frames.length, 0);
      waiting = [];
    };
    for (const [index, target] of targets.entries()) {
      if (targets.length > 1) tell(index);
      if (signal.aborted) break;
      try {
        waiting.push(await this.#redactFile(target, request, signal));
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof Problem) || targets.length === 1 || fatalCodes.has(error.code)) throw error;
        report.refused.push({ file: project.images.frame(target.frameId).row.name, problem: error.toJSON() });
      }
      const bytes = waiting.reduce((sum, each) => sum + each.bytes.length, 0);
      if (waiting.length >= BATCH_FILES || bytes >= BATCH_BYTES) store();
    }
    if (waiting.length > 0) store();
    return { frame: project.images.frame(frameId).row, ...report, cancelled: signal.aborted };
  }

  /** The stored files that hold the frames in scope. */
  #targetsOf(frameId: number, { scope = "frame" }: Redaction): Target[] {
    const { burnedIn, images } = this.#parts.project;
    const targets = new Map<string, Target>();
    for (const each of burnedIn.framesOf(frameId, scope)) {
      const { imageId, frameIndex } = images.frame(each);
      const isAlone = images.isStoredAlone(each);
      const key = isAlone ? `frame ${each}` : `image ${imageId}`;
      const target = targets.get(key) ?? { frameId: each, frames: new Map() };
      target.frames.set(isAlone ? 0 : frameIndex, each);
      targets.set(key, target);
    }
    if (targets.size === 0) images.frame(frameId); // throws "not-found"
    return [...targets.values()];
  }

  async #redactFile({ frameId, frames }: Target, request: Redaction, signal: AbortSignal): Promise<RedactedFile> {
    const { images, burnedIn } = this.#parts.project;
    const { rectangles, fill = "black", reviewed = false } = request;
    const { bytes, fileName, frameIndex, imageId } = images.sourceOfFrame(frameId);
    const allFrames = frames.size > 1;
    const inFile = images.isStoredAlone(frameId) ? [frameId] : images.frameIds(imageId);
    // The header speaks of the whole file: frames that are not in scope must have been looked at before.
    const isReviewed =
      reviewed &&
      inFile.every((each) => [...frames.values()].includes(each) || burnedIn.detail(each).reviewedAt !== null);
    const redacted: RedactedSource = await this.#parts.pool.redact(
      bytes,
      { fileName, frame: frameIndex, rectangles, fill, allFrames, isReviewed },
      { signal },
    );
    return {
      ...{ frameId, bytes: redacted.bytes, thumbnail: redacted.thumbnail },
      frames: redacted.findings.map(({ frame, finding }) => ({ frameId: frames.get(frame)!, finding })),
      rectangles: rectangles.length,
      isReviewed: reviewed,
    };
  }
}
