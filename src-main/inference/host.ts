/**
 * @file The app's side of the process that proposes: starts it when it is needed, ends it when it idles, one task at a time. What a
 * person waits for goes before what is only prepared.
 */
import { Problem } from "../problem/index.ts";
import type { ChildProcessLike } from "../runs/queue.ts";
import type { InferenceReply, InferenceResults, InferenceTask, InferenceWork } from "./messages.ts";

export type { InferenceResults, InferenceWork, PredictedMask } from "./messages.ts";

export interface InferenceProcess extends ChildProcessLike {
  /** Memory that it holds; null where the system does not show it. */
  residentBytes(): number | null;
}

export interface InferenceHostOptions {
  /** Starts src-main/app/inference-process. */
  spawn: () => InferenceProcess;
  device: string;
  /** Seconds that one task may take. Default 120: a large network on a slow computer. */
  timeLimit?: number;
  /** Bytes of resident memory that the process may hold. Default 4 GiB. */
  memoryLimit?: number;
  /** Seconds without a task after which the process ends. Default 120. */
  idleLimit?: number;
}

export interface InferenceJob<Work extends InferenceWork = InferenceWork> {
  /** `classes`: those that the project keeps the model for. */
  model: { key: string; method: string; classes: readonly { value: number }[]; onnx: () => Uint8Array };
  frameKey: string;
  /** Serialized; asked for when it is the task's turn. */
  frame: () => Promise<Uint8Array>;
  work: Work;
  /** Nobody waits for it yet. */
  isAhead?: boolean;
}

interface Waiting {
  job: InferenceJob;
  resolve(result: InferenceResults[keyof InferenceResults]): void;
  reject(error: unknown): void;
}

interface Child {
  process: InferenceProcess;
  isReady: Promise<void>;
  hasExited: Promise<void>;
  /** Key of the model that it has open, as far as we know. */
  modelKey: string | null;
}

/** A child that does not report for duty in this time (seconds) will not: a broken installation. */
const START_LIMIT = 60;
const MEMORY_LOOK_MS = 100;

/** "ended": the child is gone, and not by us. */
type Outcome = InferenceReply | Problem | "ended";

export class InferenceHost {
  readonly #options: Required<InferenceHostOptions>;
  readonly #waiting: Waiting[] = [];
  #active: Waiting | null = null;
  #child: Child | null = null;
  #settle: ((outcome: Outcome) => void) | null = null;
  #idle: NodeJS.Timeout | undefined;
  #taskCount = 0;
  #isClosed = false;

  constructor(options: InferenceHostOptions) {
    this.#options = { timeLimit: 120, memoryLimit: 4 * 2 ** 30, idleLimit: 120, ...options };
  }

  /** Whether the process is there. */
  get isRunning(): boolean {
    return this.#child !== null;
  }

  /**
   * Rejects with `Problem`: trouble with the model or the frame, "time-limit", "not-enough-memory", "run-failed" when the process ended
   * twice over it, "cancelled".
   */
  run<Kind extends InferenceWork["kind"]>(
    job: InferenceJob<Extract<InferenceWork, { kind: Kind }>>,
  ): Promise<InferenceResults[Kind]> {
    if (this.#isClosed) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve: resolve as Waiting["resolve"], reject });
      this.#next();
    });
  }

  /** Drops what is only prepared and has not begun; what has begun is finished, for it is soon done and likely to be of use. */
  cancelAhead(): void {
    for (const each of this.#waiting.splice(0)) {
      if (each.job.isAhead === true) each.reject(cancelled());
      else this.#waiting.push(each);
    }
  }

  /** Ends what a person waits for, the one under way by its process. */
  cancel(): void {
    for (const each of this.#waiting.splice(0)) {
      if (each.job.isAhead === true) this.#waiting.push(each);
      else each.reject(cancelled());
    }
    if (this.#active !== null) this.#stop(cancelled());
  }

  /** Ends the process; unfinished jobs fail with Problem "cancelled". */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    for (const { reject } of this.#waiting.splice(0)) reject(cancelled());
    const child = this.#child;
    if (this.#active !== null) this.#stop(cancelled());
    else this.#drop();
    await child?.hasExited;
  }

  #next(): void {
    if (this.#active !== null) return;
    const urgent = this.#waiting.findIndex(({ job }) => job.isAhead !== true);
    const [next] = this.#waiting.splice(Math.max(0, urgent), 1);
    clearTimeout(this.#idle);
    if (next === undefined) {
      this.#idle = setTimeout(() => this.#drop(), 1000 * this.#options.idleLimit);
      this.#idle.unref();
      return;
    }
    this.#active = next;
    void this.#perform(next.job)
      .then(next.resolve, next.reject)
      .finally(() => {
        this.#active = null;
        this.#next();
      });
  }

  async #perform(job: InferenceJob): Promise<InferenceResults[keyof InferenceResults]> {
    const frame = await job.frame();
    const first = await this.#attempt(job, frame);
    // Memory may have run short elsewhere, or somebody ended the process: it gets a second chance before the model is to blame.
    const outcome = first === "ended" && !this.#isClosed ? await this.#attempt(job, frame) : first;
    if (outcome === "ended") throw endedTwice();
    if (outcome instanceof Problem) throw outcome;
    if (outcome.kind === "problem") throw new Problem(outcome.problem);
    if (outcome.kind === "result") return outcome.result;
    if (outcome.kind === "failure") console.error(outcome.stack);
    throw new Problem({
      code: "run-failed",
      title: "The model could not be run.",
      detail: "A fault in the app or in the model's file; the log has the details.",
      hint: "Choose another model, or train one anew.",
    });
  }

  async #attempt(job: InferenceJob, frame: Uint8Array): Promise<Outcome> {
    let stopped: Outcome | null = null;
    const isStopped = new Promise<Outcome>((resolve) => {
      this.#settle = (outcome) => resolve((stopped = outcome));
    });
    let child: Child;
    try {
      child = await this.#start();
    } catch {
      this.#settle = null;
      return stopped ?? "ended";
    }
    const { timeLimit, memoryLimit } = this.#options;
    const timer = setTimeout(() => this.#stop(overTime(timeLimit)), 1000 * timeLimit);
    const watch = setInterval(() => {
      if ((child.process.residentBytes() ?? 0) > memoryLimit) this.#stop(overMemory(memoryLimit));
    }, MEMORY_LOOK_MS);
    try {
      if (stopped === null) {
        const { key, method, classes, onnx } = job.model;
        const { frameKey, work } = job;
        const { device } = this.#options;
        const model = { key, method, classes, onnx: child.modelKey === key ? null : onnx() };
        child.modelKey = null; // known again when the answer is there
        const task: InferenceTask = { taskId: ++this.#taskCount, model, device, frameKey, frame, work };
        child.process.postMessage(task);
      }
      const outcome = await isStopped;
      if (!(outcome instanceof Problem) && outcome !== "ended" && outcome.kind === "result") {
        child.modelKey = job.model.key;
      }
      return outcome;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      this.#settle = null;
    }
  }

  /** Ends the task under way with `problem`; its process is of no use any more. */
  #stop(problem: Problem): void {
    this.#settle?.(problem);
    this.#drop();
  }

  #drop(): void {
    this.#child?.process.kill();
    this.#child = null;
  }

  async #start(): Promise<Child> {
    this.#child ??= this.#fork();
    const child = this.#child;
    try {
      await child.isReady;
    } catch (error) {
      if (this.#child === child) this.#drop();
      throw error;
    }
    return child;
  }

  #fork(): Child {
    const process = this.#options.spawn();
    let exited = (): void => undefined;
    const hasExited = new Promise<void>((resolve) => (exited = resolve));
    const isReady = new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error("inference: the process could not be started."));
      const timer = setTimeout(fail, 1000 * START_LIMIT);
      process.onMessage((message) => {
        const reply = message as InferenceReply;
        if (reply.kind === "ready") {
          clearTimeout(timer);
          resolve();
        } else if (this.#child?.process === process && reply.taskId === this.#taskCount) this.#settle?.(reply);
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
    return { process, isReady, hasExited, modelKey: null };
  }
}

function cancelled(): Problem {
  return new Problem({ code: "cancelled", title: "The proposal was cancelled." });
}

function endedTwice(): Problem {
  return new Problem({
    code: "run-failed",
    title: "The process that proposes masks ended unexpectedly, and again when it was started anew.",
    detail: "It was ended from outside, or the computer ran out of memory. Nothing that was drawn is lost.",
    hint: "Close other programs, or choose a model with a smaller image size; then propose again.",
  });
}

function overTime(seconds: number): Problem {
  return new Problem({
    code: "time-limit",
    title: "The model takes too long for this image.",
    detail: `It was stopped after ${seconds} s.`,
    hint: "Wait until other work on this computer is done, or choose a model with a smaller image size.",
  });
}

function overMemory(bytes: number): Problem {
  return new Problem({
    code: "not-enough-memory",
    title: "The model needs too much memory for this image.",
    detail: `It was stopped at ${Math.round(bytes / 2 ** 20)} MiB.`,
    hint: "Choose a model with a smaller image size.",
  });
}
