/**
 * @file What a run on another machine has made so far, in one file: figures, checkpoints, in the end the model. Written anew at each
 * checkpoint and put in place at once, so that a kill at any moment leaves the last one whole.
 */
import { rename, rm } from "node:fs/promises";
import { z } from "zod";
import type { JudgedBy, MetricPoint, ProblemFields, RunSample } from "../api/contract.ts";
import { findMethod } from "../methods/index.ts";
import type { Statement } from "../problem/index.ts";
import { type BundleRecipe, type RunIdentity, runIdentity } from "./bundle.ts";
import { type Container, type ContainerFormat, damaged, openContainer, writeContainer } from "./container.ts";
import type { WorkReport } from "./recording.ts";

/** Version 2 holds remarks. */
export const RESULT: ContainerFormat = { id: "aliquot-run-result", version: 2, noun: "run result" };

export type ResultState = "running" | "interrupted" | "failed" | "done";

/** All but the bytes. */
export interface ResultFigures {
  run: RunIdentity;
  method: string;
  /** What the model is chosen by. */
  judgedBy: JudgedBy;
  state: ResultState;
  problem: ProblemFields | null;
  device: string;
  step: number;
  steps: number;
  secondsPerStep: number | null;
  secondsSpent: number;
  peakMemoryBytes: number;
  plannedMemoryBytes: number | null;
  metrics: MetricPoint[];
  samples: RunSample[];
  /** What the training found while it ran, beside what was told before it began. */
  remarks: Statement[];
  /** Steps of the checkpoints in the file. */
  checkpoints: { last: number | null; best: number | null };
  model: { step: number; score: number | null } | null;
}

/** "checkpoint/last", "checkpoint/best"; "model/onnx", "model/weights" once it is done; "sample/<step>/<frameId>": as `ReportedSample`. */
export type ResultEntryName =
  `checkpoint/${"last" | "best"}` | `model/${"onnx" | "weights"}` | `sample/${number}/${number}`;

const count = z.int().nonnegative();
const number = z.number().nullable();
/** Results of older versions have masks alone. */
const sample = z.union([
  z.strictObject({ step: count, frameId: count, kind: z.enum(["mask", "picture"]), score: number }),
  z
    .strictObject({ step: count, frameId: count, dice: number })
    .transform(({ dice, ...rest }) => ({ ...rest, kind: "mask" as const, score: dice })),
]);
/** Of older versions: chosen by Dice. */
const model = z.union([
  z.strictObject({ step: count, score: number }),
  z
    .strictObject({ step: count, validationDice: number })
    .transform(({ step, validationDice: score }) => ({ step, score })),
]);
function isStatement(value: unknown): boolean {
  const { text: words, values } = Object(value) as Partial<Statement>;
  const isPlain = (one: unknown): boolean => typeof one === "string" || typeof one === "number";
  return (
    typeof words === "string" && Boolean(values) && typeof values === "object" && Object.values(values).every(isPlain)
  );
}

const figures = z.strictObject({
  run: runIdentity,
  method: z.string(),
  judgedBy: z
    .strictObject({ figure: z.string(), better: z.enum(["higher", "lower"]) })
    .default({ figure: "validationDice", better: "higher" }),
  state: z.enum(["running", "interrupted", "failed", "done"]),
  problem: z
    .object({ code: z.string(), title: z.string(), detail: z.string().optional(), hint: z.string().optional() })
    .nullable(),
  device: z.string(),
  step: count,
  steps: count,
  secondsPerStep: number,
  secondsSpent: z.number(),
  peakMemoryBytes: z.number(),
  plannedMemoryBytes: number,
  metrics: z.array(z.strictObject({ step: count, name: z.string(), value: z.number() })),
  samples: z.array(sample),
  remarks: z.array(z.custom<Statement>(isStatement)).default([]),
  checkpoints: z.strictObject({ last: count.nullable(), best: count.nullable() }),
  model: model.nullable(),
});

/** An open result. Close it. */
export interface OpenResult {
  figures: ResultFigures;
  container: Container;
}

/** Throws `Problem` for a file that is no result, is newer than this app, or is damaged. */
export async function openResult(path: string): Promise<OpenResult> {
  const container = await openContainer(path, RESULT);
  const parsed = figures.safeParse(container.document);
  if (parsed.success) return { figures: parsed.data as ResultFigures, container };
  await container.close();
  const [issue] = parsed.error.issues;
  throw damaged(RESULT.noun, `Its figures are not complete: ${issue!.path.join(".")}: ${issue!.message}.`);
}

/** A result being made: takes the reports of the run's process, and writes the file. */
export class RunResult {
  readonly figures: ResultFigures;
  readonly #path: string;
  readonly #entries: Map<ResultEntryName, Uint8Array>;
  readonly #points: Map<string, MetricPoint>;

  private constructor(path: string, figures: ResultFigures, entries: Map<ResultEntryName, Uint8Array>) {
    this.#path = path;
    this.figures = figures;
    this.#entries = entries;
    this.#points = new Map(figures.metrics.map((point) => [keyOf(point), point]));
  }

  static begin(path: string, { run, method, settings, device, steps }: BundleRecipe): RunResult {
    const none = { secondsPerStep: null, secondsSpent: 0, peakMemoryBytes: 0, plannedMemoryBytes: null };
    const made = { metrics: [], samples: [], remarks: [], checkpoints: { last: null, best: null }, model: null };
    return new RunResult(
      path,
      {
        run,
        method,
        judgedBy: findMethod(method).judgedBy(settings),
        state: "running",
        problem: null,
        device,
        step: 0,
        steps,
        ...none,
        ...made,
      },
      new Map(),
    );
  }

  /** Goes on with what the file holds; one that is over stays so. */
  static async load(path: string): Promise<RunResult> {
    const { figures, container } = await openResult(path);
    try {
      const entries = new Map<ResultEntryName, Uint8Array>();
      for (const name of container.names) entries.set(name as ResultEntryName, await container.read(name));
      const isOver = figures.state === "done";
      return new RunResult(path, isOver ? figures : { ...figures, state: "running", problem: null }, entries);
    } finally {
      await container.close();
    }
  }

  record(report: WorkReport): void {
    const { figures } = this;
    switch (report.kind) {
      case "device":
        figures.device = report.device;
        return;
      case "remarks":
        this.#remark(report.remarks);
        return;
      case "planned":
        figures.plannedMemoryBytes = report.memoryBytes;
        return;
      case "progress":
        figures.step = report.step;
        figures.secondsPerStep = report.secondsPerStep;
        figures.secondsSpent += report.seconds;
        figures.peakMemoryBytes = Math.max(figures.peakMemoryBytes, report.peakMemoryBytes);
        // A resumed run repeats steps.
        for (const point of report.points) if (Number.isFinite(point.value)) this.#points.set(keyOf(point), point);
        return;
      case "checkpoint":
        figures.checkpoints[report.checkpoint] = report.step;
        this.#entries.set(`checkpoint/${report.checkpoint}`, report.bytes);
        return;
      case "validation": {
        const { step, samples, remarks = [] } = report;
        this.#remark(remarks);
        figures.samples = figures.samples.filter((each) => each.step !== step);
        for (const { frameId, kind, score, bytes } of samples) {
          figures.samples.push({ step, frameId, kind, score });
          this.#entries.set(`sample/${step}/${frameId}`, bytes);
        }
        return;
      }
      case "model":
        figures.model = { step: report.step, score: report.score };
        this.#entries.set("model/onnx", report.onnx);
        this.#entries.set("model/weights", report.weights);
        return;
      default:
        throw new Error(`result: a training reports no ${report.kind}.`);
    }
  }

  /** Those with the same words give way: a training looks at its images anew at each start. */
  #remark(added: readonly Statement[]): void {
    const kept = this.figures.remarks.filter(({ text }) => added.every((one) => one.text !== text));
    this.figures.remarks = [...kept, ...added];
  }

  /** The file is whole at every moment: the old one until the new one is on the disk. */
  async write(): Promise<void> {
    this.figures.metrics = [...this.#points.values()];
    const entries = [...this.#entries].map(([name, bytes]) => ({ name, read: () => bytes }));
    const draft = `${this.#path}.part`;
    try {
      await writeContainer(draft, RESULT, this.figures, entries, { isDurable: true });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

const keyOf = ({ name, step }: MetricPoint): string => `${step} ${name}`;
