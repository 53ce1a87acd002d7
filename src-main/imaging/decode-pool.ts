/**
 * @file Decodes untrusted files in child processes, so that no file can stop or crash the app.
 */
import { Problem } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { DecodeProcess, DecodeReply, DecodeResult, DecodeResults, DecodeTask } from "./decode-messages.ts";
import type { DirectoryEntry } from "./dicom/dicomdir.ts";
import type { LabelFile } from "./labels.ts";
import type { ReadMask } from "./masks.ts";
import type {
  InspectedSource,
  InspectRequest,
  MaskRequest,
  RedactedSource,
  RedactRequest,
  SourceName,
  SourceRequest,
} from "./source.ts";
import { corruptFile } from "./trouble.ts";

export interface DecodePoolOptions {
  /** Starts one child that runs src-main/app/decode-process. */
  spawn: () => DecodeProcess;
  /** Children at most; they start when needed and stay. Default 2. */
  processes?: number;
  /** Seconds that one file may take. Default 20. */
  timeLimit?: number;
  /**
   * Bytes of resident memory that one child may hold, looked at ten times a second. Default 1.5 GiB, enough for the
   * largest frame that is read. Where the system does not show it (`residentBytes` is null) the size checks of the decoders and
   * the heap limit of the child remain.
   */
  memoryLimit?: number;
}

export interface DecodeOptions {
  signal?: AbortSignal;
  /** Somebody waits for it: it goes before all that is not urgent. */
  isUrgent?: boolean;
}

/**
 * Bytes of one file, or how to read them: a function is called only when a child is free, so a long queue is cheap; a path is read
 * by the child itself, which spares copies.
 */
export type FileBytes = Uint8Array | (() => Promise<Uint8Array>) | { path: string };

/**
 * Every method throws `Problem` for trouble with the file: what the decoders say, "time-limit", "image-too-large" for
 * too much memory, "corrupt-file" when two children in a row crashed, "cancelled" after abort or close. The pool goes on after each.
 * The bytes are copied to the child and not kept; errors of a function that reads them pass through unchanged. The time limit
 * goes for decoding, not for reading from a slow drive.
 */
export interface DecodePool {
  /** What import needs: frame list, thumbnail, bytes without identity. */
  inspect(bytes: FileBytes, source: InspectRequest, options?: DecodeOptions): Promise<InspectedSource>;
  /** One frame, counted from 0. */
  pixels(bytes: FileBytes, source: SourceRequest & { frame: number }, options?: DecodeOptions): Promise<Frame>;
  /** A mask as a label map of the size of its image. */
  mask(bytes: FileBytes, request: MaskRequest, options?: DecodeOptions): Promise<ReadMask>;
  /** Labels for many images, or a table. */
  labels(bytes: FileBytes, source: SourceName, options?: DecodeOptions): Promise<LabelFile>;
  /** The files that a DICOMDIR names. */
  directory(bytes: FileBytes, source: SourceName, options?: DecodeOptions): Promise<DirectoryEntry[]>;
  /** The file with rectangles of its pixels set to one value. */
  redact(bytes: FileBytes, request: RedactRequest, options?: DecodeOptions): Promise<RedactedSource>;
  /** Starts the children, so that the first file need not wait for them. */
  warmUp(): void;
  /** Ends the children; unfinished files fail with Problem "cancelled". */
  close(): Promise<void>;
}

const DEFAULT_MEMORY_LIMIT = 1.5 * 2 ** 30;
/** Ten looks a second: a decoder that fills memory at 1 GB/s is stopped 100 MB late. */
const MEMORY_LOOK_MS = 100;
/** A child that does not report for duty in this time (seconds) will not: a broken installation. */
const START_LIMIT = 60;

interface Job {
  task: Omit<DecodeTask, "bytes">;
  bytes: FileBytes;
  fileName: string;
  isUrgent: boolean;
  resolve(result: DecodeResult): void;
  reject(error: unknown): void;
}

export function createDecodePool({
  spawn,
  processes = 2,
  timeLimit = 20,
  memoryLimit = DEFAULT_MEMORY_LIMIT,
}: DecodePoolOptions): DecodePool {
  const waiting: Job[] = [];
  const seats: Seat[] = [];
  let isClosed = false;

  const assign = (): void => {
    while (waiting.length > 0) {
      let seat = seats.find(({ isFree }) => isFree);
      if (seat === undefined && seats.length < processes) {
        seat = new Seat({ spawn, timeLimit, memoryLimit });
        seats.push(seat);
      }
      if (seat === undefined) return;
      void seat.run(waiting.shift()!).then(assign);
    }
  };

  const enqueue = <Kind extends DecodeTask["kind"]>(
    task: { kind: Kind } & Omit<Extract<DecodeTask, { kind: Kind }>, "kind" | "bytes">,
    bytes: FileBytes,
    { signal, isUrgent = false }: DecodeOptions = {},
  ): Promise<DecodeResults[Kind]> => {
    const { fileName } = task as unknown as SourceName;
    if (isClosed || signal?.aborted === true) return Promise.reject(cancelled(fileName));
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const position = waiting.indexOf(job);
        if (position >= 0) waiting.splice(position, 1);
        else seats.find((seat) => seat.job === job)?.stop(cancelled(fileName));
        job.reject(cancelled(fileName));
      };
      const job: Job = {
        task: task as Job["task"],
        bytes,
        fileName,
        isUrgent,
        resolve(result) {
          signal?.removeEventListener("abort", abort);
          resolve(result as DecodeResults[Kind]);
        },
        reject(error) {
          signal?.removeEventListener("abort", abort);
          reject(error as Error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      const behind = isUrgent ? waiting.findIndex((other) => !other.isUrgent) : -1;
      waiting.splice(behind < 0 ? waiting.length : behind, 0, job);
      assign();
    });
  };

  return {
    inspect: (bytes, { fileName, plane, deidentify }, options) =>
      enqueue({ kind: "inspect", fileName, plane, deidentify }, bytes, options),
    pixels: (bytes, { fileName, plane, frame }, options) =>
      enqueue({ kind: "pixels", fileName, plane, frame }, bytes, options),
    mask: (bytes, { fileName, classes, expected }, options) =>
      enqueue({ kind: "mask", fileName, classes, expected }, bytes, options),
    labels: (bytes, { fileName }, options) => enqueue({ kind: "labels", fileName }, bytes, options),
    directory: (bytes, { fileName }, options) => enqueue({ kind: "directory", fileName }, bytes, options),
    redact: (bytes, { fileName, frame, rectangles, fill, allFrames, isReviewed }, options) =>
      enqueue({ kind: "redact", fileName, frame, rectangles, fill, allFrames, isReviewed }, bytes, options),
    warmUp() {
      while (!isClosed && seats.length < processes) seats.push(new Seat({ spawn, timeLimit, memoryLimit }));
      for (const seat of seats) seat.warmUp();
    },
    async close() {
      isClosed = true;
      for (const job of waiting.splice(0)) job.reject(cancelled(job.fileName));
      await Promise.all(seats.map((seat) => seat.close()));
    },
  };
}

/** "ended": the child is gone, and not by us. */
type Outcome = DecodeReply | Problem | "ended";

/** A place in the pool: one child at a time, replaced when it crashes, hangs or has grown. */
class Seat {
  readonly #options: Required<Omit<DecodePoolOptions, "processes">>;
  #child: { process: DecodeProcess; isReady: Promise<void>; hasExited: Promise<void> } | null = null;
  /** Called when the child has read the file of its task. */
  #onRead: (() => void) | null = null;
  #settle: ((outcome: Outcome) => void) | null = null;
  /** Why the current job was stopped, also before its child got it. */
  #stopped: Problem | null = null;
  job: Job | null = null;

  constructor(options: Required<Omit<DecodePoolOptions, "processes">>) {
    this.#options = options;
  }

  get isFree(): boolean {
    return this.job === null;
  }

  /** Starts the child unless it is there. A child that cannot be started is told of by the first job. */
  warmUp(): void {
    this.#start().catch(() => undefined);
  }

  /** Decodes one file and settles its job; never rejects. */
  async run(job: Job): Promise<void> {
    this.job = job;
    this.#stopped = null;
    try {
      const bytes = typeof job.bytes === "function" ? await job.bytes() : job.bytes;
      const task = { ...job.task, bytes } as DecodeTask;
      const first = await this.#attempt(task, job.fileName).catch(() => "ended" as const);
      // Memory may have run short elsewhere, or somebody ended the process: the file gets a second child before it is to blame.
      const outcome = first === "ended" ? await this.#attempt(task, job.fileName) : first;
      if (outcome === "ended") throw corruptFile(job.fileName, "The decoder stopped unexpectedly while reading it.");
      if (outcome instanceof Problem) throw outcome;
      if (outcome.kind === "problem") throw new Problem(outcome.problem);
      if (outcome.kind === "failure") {
        throw corruptFile(job.fileName, "Its content cannot be decoded.", new Error(outcome.stack));
      }
      if (outcome.kind === "result") job.resolve(outcome.result);
    } catch (error) {
      job.reject(this.#stopped ?? error);
    }
    this.job = null;
    this.#settle = null;
    const held = this.#child?.process.residentBytes() ?? 0;
    if (held > this.#options.memoryLimit / 2) this.#drop(); // a fresh child costs less than memory that is not given back
  }

  /** Rejects when no child can be started. */
  async #attempt(task: DecodeTask, fileName: string): Promise<Outcome> {
    if (this.#stopped !== null) return this.#stopped;
    const process = await this.#start();
    return this.#stopped ?? this.#decode(process, task, fileName);
  }

  /** Ends the current job with `problem`; its child is not to be trusted any more. */
  stop(problem: Problem): void {
    this.#stopped = problem;
    this.#settle?.(problem);
    this.#drop();
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (this.job !== null) this.stop(cancelled(this.job.fileName));
    else this.#drop();
    await child?.hasExited;
  }

  #drop(): void {
    this.#child?.process.kill();
    this.#child = null;
  }

  async #start(): Promise<DecodeProcess> {
    if (this.#child === null) {
      const process = this.#options.spawn();
      let exited = (): void => undefined;
      const hasExited = new Promise<void>((resolve) => (exited = resolve));
      const isReady = new Promise<void>((resolve, reject) => {
        const fail = (): void => reject(new Error("decode pool: the decoding process could not be started."));
        const timer = setTimeout(fail, 1000 * START_LIMIT);
        process.onMessage((reply) => {
          clearTimeout(timer);
          if (reply.kind === "ready") return resolve();
          if (this.#child?.process !== process) return; // dropped by us
          if (reply.kind === "read") this.#onRead?.();
          else this.#settle?.(reply);
        });
        process.onExit(() => {
          clearTimeout(timer);
          fail();
          exited();
          if (this.#child?.process !== process) return; // dropped by us
          this.#child = null;
          this.#settle?.("ended");
        });
      });
      isReady.catch(() => undefined); // reported where it is awaited
      this.#child = { process, isReady, hasExited };
    }
    const { process, isReady } = this.#child;
    try {
      await isReady;
    } catch (error) {
      if (this.#child?.process === process) this.#drop();
      throw error;
    }
    return process;
  }

  async #decode(process: DecodeProcess, task: DecodeTask, fileName: string): Promise<Outcome> {
    const { timeLimit, memoryLimit } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const startClock = (): void => {
      timer = setTimeout(() => this.stop(overTime(fileName, timeLimit)), 1000 * timeLimit);
    };
    if (task.bytes instanceof Uint8Array) startClock();
    else this.#onRead = startClock;
    const watch = setInterval(() => {
      if ((process.residentBytes() ?? 0) > memoryLimit) this.stop(overMemory(fileName, memoryLimit));
    }, MEMORY_LOOK_MS);
    try {
      return await new Promise((resolve) => {
        this.#settle = resolve;
        process.postMessage(task);
      });
    } finally {
      this.#onRead = null;
      clearTimeout(timer);
      clearInterval(watch);
    }
  }
}

function cancelled(fileName: string): Problem {
  return new Problem({ code: "cancelled", title: `${fileName}: reading was cancelled.` });
}

function overTime(fileName: string, timeLimit: number): Problem {
  return new Problem({
    code: "time-limit",
    title: `${fileName}: reading takes too long.`,
    detail: `It was stopped after ${timeLimit} s.`,
    hint: "The file may be damaged. Export it again; if it is very large, crop it or split it.",
  });
}

function overMemory(fileName: string, memoryLimit: number): Problem {
  return new Problem({
    code: "image-too-large",
    title: `${fileName}: reading needs too much memory.`,
    detail: `It was stopped at ${Math.round(memoryLimit / 2 ** 20)} MiB.`,
    hint: "Crop the image or split it into several files, then import it again.",
  });
}
