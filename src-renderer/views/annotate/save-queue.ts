/**
 * @file Strokes on their way to the project file. Per frame one after the other, so that no stroke overtakes another;
 * kept in memory and sent again until the app has them. Undo and redo stand in the same line.
 */
import type { AnnotationState } from "../../../src-main/api/contract.ts";

export interface Transport {
  putMask(frameId: number, base: number, bytes: Uint8Array<ArrayBuffer>): Promise<AnnotationState>;
  /** `base` is the revision that is shown: a request sent twice, since its answer was lost, must count once. */
  undo(frameId: number, base: number): Promise<AnnotationState>;
  redo(frameId: number, base: number): Promise<AnnotationState>;
}

/** What to do about a refusal: send again later, or give up because the frame changed elsewhere. */
export type Refusal = "retry" | "conflict";

export interface SaveQueueOptions {
  transport: Transport;
  judge: (error: unknown) => Refusal;
  /** Pause before sending again; `attempt` counts from 1. Cut short by `retryNow`. */
  wait: (attempt: number) => Promise<void>;
  onChange: (frameId: number) => void;
  onConflict: (frameId: number, error: unknown) => void;
}

export type SaveState =
  { kind: "saved" } | { kind: "saving"; pending: number } | { kind: "failed"; pending: number; error: unknown };

type Change = { kind: "stroke"; bytes: Uint8Array<ArrayBuffer> } | { kind: "undo" } | { kind: "redo" };

interface Waiting {
  change: Change;
  settle: (annotation: AnnotationState | null) => void;
}

interface Line {
  /** What the app last said about the frame. */
  annotation: AnnotationState;
  waiting: Waiting[];
  isSending: boolean;
  error: unknown;
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

  /** Tells what the app holds for a frame that was just loaded. Ignored while strokes are on their way. */
  adopt(frameId: number, annotation: AnnotationState): void {
    const line = this.#lines.get(frameId);
    if (line !== undefined && line.waiting.length > 0) return;
    this.#lines.set(frameId, { annotation, waiting: [], isSending: false, error: null, settled: Promise.resolve() });
    this.#options.onChange(frameId);
  }

  annotation(frameId: number): AnnotationState | null {
    return this.#lines.get(frameId)?.annotation ?? null;
  }

  /** Resolves when the app has stored it; null if a conflict dropped it. */
  pushStroke(frameId: number, bytes: Uint8Array<ArrayBuffer>): Promise<AnnotationState | null> {
    return this.#push(frameId, { kind: "stroke", bytes });
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
  async latest<Fetched extends { bytes: Uint8Array; annotation: AnnotationState }>(
    frameId: number,
    fetch: () => Promise<Fetched>,
  ): Promise<Uint8Array> {
    for (;;) {
      const before = this.annotation(frameId);
      const fetched = await fetch();
      const unsaved = this.unsavedBytes(frameId);
      if (unsaved !== null) return unsaved;
      if (this.annotation(frameId) !== before) continue;
      this.adopt(frameId, fetched.annotation);
      return fetched.bytes;
    }
  }

  /** The last stroke of the frame that the app does not have yet. */
  unsavedBytes(frameId: number): Uint8Array<ArrayBuffer> | null {
    const last = this.#lines.get(frameId)?.waiting.findLast(({ change }) => change.kind === "stroke");
    return last?.change.kind === "stroke" ? last.change.bytes : null;
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

  #push(frameId: number, change: Change): Promise<AnnotationState | null> {
    const line = this.#lines.get(frameId);
    if (line === undefined) throw new Error(`save-queue: frame ${frameId} was changed before it was loaded.`);
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
        line.annotation = await this.#transmit(frameId, next.change, line.annotation.revisionId);
        line.error = null;
        attempt = 0;
        line.waiting.shift();
        next.settle(line.annotation);
      } catch (error) {
        if (line.waiting.length === 0) break; // forgotten meanwhile
        if (this.#options.judge(error) === "conflict") {
          this.#drop(frameId, line, error);
          break;
        }
        line.error = error;
        this.#options.onChange(frameId);
        await this.#pause(++attempt);
      }
      this.#options.onChange(frameId);
    }
    line.isSending = false;
  }

  #drop(frameId: number, line: Line, error: unknown): void {
    const dropped = line.waiting.splice(0);
    line.error = null;
    for (const { settle } of dropped) settle(null);
    this.#options.onConflict(frameId, error);
    this.#options.onChange(frameId);
  }

  #transmit(frameId: number, change: Change, base: number): Promise<AnnotationState> {
    const { transport } = this.#options;
    if (change.kind === "stroke") return transport.putMask(frameId, base, change.bytes);
    return change.kind === "undo" ? transport.undo(frameId, base) : transport.redo(frameId, base);
  }

  async #pause(attempt: number): Promise<void> {
    const woken = new Promise<void>((wake) => this.#wakers.add(wake));
    await Promise.race([this.#options.wait(attempt), woken]);
  }
}
