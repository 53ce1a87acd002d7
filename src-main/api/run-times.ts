/**
 * @file How long trainings took on this computer, so that the time of the next one can be told before it starts. A small JSON file in
 * the user's config folder: the project may have been trained on another computer.
 */
import { existsSync, readFileSync } from "node:fs";
import { Hono } from "hono";
import { z } from "zod";
import { findMethod } from "../methods/index.ts";
import type { RunEstimate, RunRow } from "./contract.ts";
import type { Session } from "./session.ts";
import { writeSettingsFile } from "./settings-file.ts";
import { deviceName, validate } from "./validate.ts";

const MAX_TIMES = 200;
/** Fewer steps say little: the first ones warm up. */
const MIN_STEPS = 10;

/** Settings that a step takes as long with whatever they are. All others must be equal for a time to be told. */
const timeless = new Set(["steps", "learningRate", "schedule"]);

const settingsSchema = z.record(z.string(), z.union([z.number(), z.boolean(), z.string()]));
const schema = z.array(
  z.object({
    method: z.string(),
    settings: settingsSchema,
    device: z.string(),
    secondsPerStep: z.number().positive(),
    /** ISO 8601. */
    measuredAt: z.string(),
  }),
);

type RunTime = z.infer<typeof schema>[number];

/** Of a training under way: its first report with steps done, and the latest. */
interface Stretch {
  fromStep: number;
  from: number;
  toStep: number;
  to: number;
}

export class RunTimes {
  readonly #file: string;
  readonly #now: () => number;
  readonly #stretches = new Map<number, Stretch>();

  /** `now`: seconds of a clock that only goes forward. */
  constructor(file: string, now = () => performance.now() / 1000) {
    this.#file = file;
    this.#now = now;
  }

  /** Told each state of a run. Keeps the mean time per step, validation included, of trainings that came to their end. */
  note(run: RunRow): void {
    if (run.kind !== "train") return;
    if (run.state === "running") return this.#extend(run);
    const stretch = this.#stretches.get(run.runId);
    this.#stretches.delete(run.runId);
    if (stretch === undefined || run.state !== "done") return;
    const steps = stretch.toStep - stretch.fromStep;
    // The stages of a training may differ: half of it does not speak for the whole.
    if (steps < Math.max(MIN_STEPS, run.steps / 2)) return;
    const { method, settings, device } = run;
    const secondsPerStep = (stretch.to - stretch.from) / steps;
    if (secondsPerStep > 0)
      this.#keep({ method, settings, device, secondsPerStep, measuredAt: new Date().toISOString() });
  }

  /** The latest time of such a training, on `device` if one is named. `settings` are complete. */
  find(method: string, settings: RunRow["settings"], device?: string): RunTime | null {
    const key = keyOf({ method, settings });
    return this.#list().find((time) => keyOf(time) === key && (device ?? time.device) === time.device) ?? null;
  }

  #extend({ runId, step }: RunRow): void {
    const stretch = this.#stretches.get(runId);
    const at = this.#now();
    if (stretch === undefined) {
      if (step > 0) this.#stretches.set(runId, { fromStep: step, from: at, toStep: step, to: at });
    } else if (step > stretch.toStep) {
      stretch.toStep = step;
      stretch.to = at;
    }
  }

  /** Latest first. Losing the file loses nothing but estimates. */
  #list(): RunTime[] {
    if (!existsSync(this.#file)) return [];
    try {
      return schema.parse(JSON.parse(readFileSync(this.#file, "utf8")));
    } catch (error) {
      console.warn("The times of earlier runs cannot be read and are collected anew.", error);
      return [];
    }
  }

  /** A failure is logged only: it must not touch the run. */
  #keep(time: RunTime): void {
    const isSame = (other: RunTime): boolean => other.device === time.device && keyOf(other) === keyOf(time);
    const list = [time, ...this.#list().filter((other) => !isSame(other))].slice(0, MAX_TIMES);
    try {
      writeSettingsFile(this.#file, list);
    } catch (error) {
      console.warn("The time of the run cannot be kept.", error);
    }
  }
}

function keyOf({ method, settings }: Pick<RunTime, "method" | "settings">): string {
  const counted = Object.entries(settings).filter(([name]) => !timeless.has(name));
  return JSON.stringify([method, counted.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

const question = z.object({
  method: z.string().min(1).max(80),
  settings: settingsSchema.default({}),
  device: deviceName.default("auto"),
});

export const runEstimates = (session: Session) =>
  new Hono().post("/", validate("json", question), (c) => {
    const { method: id, settings: given, device } = c.req.valid("json");
    const method = findMethod(id);
    const settings = method.parse(given);
    const steps = method.totalSteps(settings);
    const time = session.runTimes.find(id, settings, device === "auto" ? undefined : device);
    const measured =
      time === null ? null : { seconds: time.secondsPerStep * steps, device: time.device, measuredAt: time.measuredAt };
    return c.json({ steps, measured } satisfies RunEstimate);
  });
