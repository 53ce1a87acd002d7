/**
 * @file Strokes on their way to the project file. Per frame one after the other, so that no stroke overtakes another;
 * kept in memory and sent again until the app has them. A stroke on an annotation that was changed elsewhere is drawn again on what
 * the app holds now. Undo and redo stand in the same line.
 */
import type { AnnotationState } from "../../../src-main/api/contract.ts";
import { type Stroke, strokeRedrawn } from "./stroke-redrawn.ts";

/** What the app holds of a frame: RLE, empty where nothing is annotated. */
export interface HeldMask {
  bytes: Uint8Array;
  annotation: AnnotationState;
}

export interface Transport {
  mask(frameId: number): Promise<HeldMask>;
  putMask(frameId: number, base: number, bytes: Uint8Array<ArrayBuffer>): Promise<AnnotationState>;
  /** `base` is the revision that is shown: a request sent twice, since its answer was lost, must count once. */
  undo(frameId: number, base: number): Promise<AnnotationState>;
  redo(frameId: number, base: number): Promise<AnnotationState>;
}

/**
 * What to do about a refusal: send again later; find out what the frame holds now, for it was changed elsewhere; keep the change until the person
 * ends the reason or takes it back; or give it up, since there is nothing left to draw on.
 */
export type Refusal = "retry" | "conflict" | "refused" | "gone";

export interface SaveQueueOptions {
  transport: Transport;
  judge: (error: unknown) => Refusal;
  /** Pause before sending again; `attempt` counts from 1. Cut short by `retryNow`. */
  wait: (attempt: number) => Promise<void>;
  onChange: (frameId: number) => void;
  /** What the app holds is not what is shown: strokes are `merged` with changes made elsewhere, a step back was `stale`, or the frame is `gone`. */
  onConflict: (frameId: number, what: "merged" | "stale" | "gone", error: unknown) => void;
}

export type SaveState =
  { kind: "saved" } | { kind: "saving"; pending: number } | { kind: "failed"; pending: number; error: unknown };

type Change = ({ kind: "stroke" } & Stroke) | { kind: "undo" } | { kind: "redo" };

interface Waiting {
  change: Change;
  settle: (annotation: AnnotationState | null) => void;
}

interface Line {
  /** What the app last said about the frame. */
  annotation: AnnotationState;
  /** The label map of that, RLE; null when it is not known. */
  held: Uint8Array | null;
  /** What the window shows, RLE: the next stroke is drawn on it. */
  shown: Uint8Array;
  /** A stroke was drawn again on what was changed elsewhere. */
  isMerged: boolean;
  waiting: Waiting[];
  isSending: boolean;
  error: unknown;
  /** The first in line meets only the same refusal again. */
  isRefused: boolean;
  /** When the last change in line is stored or dropped. */
  settled: Promise<unknown>;
}

export class SaveQueue {
  readonly #options: SaveQueueOptions;
  readonly #lines = new Map<number, Line>();
  #wakers = new Set<() => void>();

  constructor(options: SaveQueueOptions) {
    this.#options = options;
  }

  /** Tells what the app holds for a frame, and that its window shows it. Ignored while strokes are on their way. */
  adopt(frameId: number, { annotation, bytes }: HeldMask): void {
    const line = this.#lines.get(frameId);
    if (line !== undefined && line.waiting.length > 0) return;
    this.#lines.set(frameId, {
      annotation,
      held: bytes,
      shown: bytes,
      isMerged: false,
      waiting: [],
      isSending: false,
      error: null,
      isRefused: false,
      settled: Promise.resolve(),
    });
    this.#options.onChange(frameId);
  }

  /** Another action told how the annotation of a loaded frame stands, without its pixels. Ignored while strokes are on their way. */
  note(frameId: number, annotation: AnnotationState): void {
    const line = this.#lines.get(frameId);
    if (line === undefined || line.waiting.length > 0) return;
    if (annotation.revisionId !== line.annotation.revisionId) line.held = null;
    line.annotation = annotation;
    this.#options.onChange(frameId);
  }

  annotation(frameId: number): AnnotationState | null {
    return this.#lines.get(frameId)?.annotation ?? null;
  }

  /** `after`: the label map with the stroke, RLE. Resolves when the app has stored it; null if it was taken back, or the frame is gone. */
  pushStroke(frameId: number, after: Uint8Array<ArrayBuffer>): Promise<AnnotationState | null> {
    const line = this.#loaded(frameId);
    const before = line.shown;
    line.shown = after;
    return this.#push(frameId, { kind: "stroke", before, after });
  }

  /** Takes back the last stroke of a frame whose strokes the app refuses. Returns the label map before it, RLE; null where there is none such. */
  takeBack(frameId: number): Uint8Array | null {
    const line = this.#lines.get(frameId);
    const last = line?.waiting.at(-1);
    if (line?.isRefused !== true || last?.change.kind !== "stroke") return null;
    line.waiting.pop();
    line.shown = last.change.before;
    last.settle(null);
    if (line.waiting.length === 0) {
      line.error = null;
      line.isRefused = false;
      this.retryNow(); // who waited to send it finds it gone
    }
    this.#options.onChange(frameId);
    return line.shown;
  }

  undo(frameId: number): Promise<AnnotationState | null> {
    return this.#push(frameId, { kind: "undo" });
  }

  redo(frameId: number): Promise<AnnotationState | null> {
    return this.#push(frameId, { kind: "redo" });
  }

  state(frameId: number): SaveState {
    const line = this.#lines.get(frameId);
    if (line === undefined || line.waiting.length === 0) return { kind: "saved" };
    const pending = line.waiting.length;
    return line.error === null ? { kind: "saving", pending } : { kind: "failed", pending, error: line.error };
  }

  /** Of all frames together. */
  get overall(): SaveState {
    const { pending } = this;
    if (pending === 0) return { kind: "saved" };
    const failed = [...this.#lines.values()].find(({ error }) => error !== null);
    return failed === undefined ? { kind: "saving", pending } : { kind: "failed", pending, error: failed.error };
  }

  /** Changes of all frames that the app does not have yet. */
  get pending(): number {
    let sum = 0;
    for (const { waiting } of this.#lines.values()) sum += waiting.length;
    return sum;
  }

  /** Resolves when nothing of any frame is on its way, so that an action on several frames builds on all that was drawn. */
  async settled(): Promise<void> {
    while (this.pending > 0) await Promise.all([...this.#lines.values()].map(({ settled }) => settled));
  }

  /**
   * The label map of a frame to be shown: what `fetch` says that the app holds, adopted; or the last stroke that it does not have yet. Fetched
   * again where a stroke was stored meanwhile, since the answer may be from before it.
   */
  async latest(frameId: number, fetch: () => Promise<HeldMask>): Promise<Uint8Array> {
    for (;;) {
      const before = this.annotation(frameId);
      const fetched = await fetch();
      const unsaved = this.unsavedBytes(frameId);
      if (unsaved !== null) return unsaved;
      if (this.annotation(frameId) !== before) continue;
      this.adopt(frameId, fetched);
      return fetched.bytes;
    }
  }

  /** The last stroke of the frame that the app does not have yet. */
  unsavedBytes(frameId: number): Uint8Array<ArrayBuffer> | null {
    const last = this.#lines.get(frameId)?.waiting.findLast(({ change }) => change.kind === "stroke");
    return last?.change.kind === "stroke" ? last.change.after : null;
  }

  /** Forgets all frames, and what of them is not stored: another project follows. */
  clear(): void {
    const lines = [...this.#lines];
    this.#lines.clear();
    for (const [frameId, line] of lines) {
      for (const { settle } of line.waiting.splice(0)) settle(null);
      this.#options.onChange(frameId);
    }
    this.retryNow();
  }

  retryNow(): void {
    const wakers = this.#wakers;
    this.#wakers = new Set();
    for (const wake of wakers) wake();
  }

  #loaded(frameId: number): Line {
    const line = this.#lines.get(frameId);
    if (line === undefined) throw new Error(`save-queue: frame ${frameId} was changed before it was loaded.`);
    return line;
  }

  #push(frameId: number, change: Change): Promise<AnnotationState | null> {
    const line = this.#loaded(frameId);
    const stored = new Promise<AnnotationState | null>((settle) => {
      line.waiting.push({ change, settle });
      this.#options.onChange(frameId);
      if (!line.isSending) void this.#send(frameId, line);
    });
    line.settled = stored;
    return stored;
  }

  async #send(frameId: number, line: Line): Promise<void> {
    line.isSending = true;
    let attempt = 0;
    for (let next = line.waiting[0]; next !== undefined; next = line.waiting[0]) {
      try {
        await this.#transmit(frameId, next.change, line);
        line.error = null;
        line.isRefused = false;
        attempt = 0;
        if (line.waiting[0] === next) line.waiting.shift();
        next.settle(line.annotation);
      } catch (error) {
        if (line.waiting.length === 0) break; // forgotten or taken back meanwhile
        const refusal = this.#options.judge(error);
        if (refusal === "conflict" && next.change.kind !== "stroke") {
          line.waiting.shift();
          line.held = null;
          next.settle(null);
          this.#options.onConflict(frameId, "stale", error);
        } else if (refusal === "gone") {
          this.#drop(frameId, line, error);
        } else {
          // Changed elsewhere: asked for at once. Time and again: somebody is at work there.
          if (refusal === "conflict") line.held = null;
          if (refusal !== "conflict" || attempt > 0) line.error = error;
          line.isRefused = refusal === "refused";
          this.#options.onChange(frameId);
          if (++attempt > 1 || refusal !== "conflict") await this.#pause(attempt);
        }
      }
      this.#options.onChange(frameId);
    }
    line.isSending = false;
    if (!line.isMerged || line.waiting.length > 0 || this.#lines.get(frameId) !== line) return;
    line.isMerged = false;
    this.#options.onConflict(frameId, "merged", null);
  }

  #drop(frameId: number, line: Line, error: unknown): void {
    const dropped = line.waiting.splice(0);
    line.error = null;
    line.isRefused = false;
    for (const { settle } of dropped) settle(null);
    this.#options.onConflict(frameId, "gone", error);
  }

  async #transmit(frameId: number, change: Change, line: Line): Promise<void> {
    const { transport } = this.#options;
    if (change.kind !== "stroke") {
      line.annotation = await transport[change.kind](frameId, line.annotation.revisionId);
      line.held = null;
      return;
    }
    if (line.held === null) {
      const { bytes, annotation } = await transport.mask(frameId);
      Object.assign(line, { held: bytes, annotation });
    }
    const held = line.held!;
    const isAsDrawn = held === change.before;
    const bytes = isAsDrawn ? change.after : strokeRedrawn(change, held);
    line.annotation = await transport.putMask(frameId, line.annotation.revisionId, bytes);
    line.held = bytes;
    if (!isAsDrawn) line.isMerged = true;
  }

  async #pause(attempt: number): Promise<void> {
    const woken = new Promise<void>((wake) => this.#wakers.add(wake));
    await Promise.race([this.#options.wait(attempt), woken]);
  }
}
