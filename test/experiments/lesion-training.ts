/**
 * @file The training that the learning checks of Siamese-Diffusion share: configuration C of its specification, section 16.2, on lesions made by numbers. Kept in
 * a folder it goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceFrame } from "../../src-main/dataset/index.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import type { SettingValue } from "../../src-main/methods/index.ts";
import { type LesionStudy, lesionStudy } from "./lesion-phantom.ts";

/** XS at 32², batches of 8. */
export const CONFIGURATION = {
  size: 32,
  denoiser: "XS",
  batchSize: 8,
  priorSteps: 500,
  steps: 480,
  priorRate: 0.002,
  learningRate: 0.002,
  emaDecay: 0.99,
  controlDrop: 0.1,
} as const;

/** To learn from; to validate on; for the judge alone; to compare with. */
const COUNTS = { learned: 200, validated: 32, judged: 400, fresh: 128 } as const;

export interface LesionSets {
  study: LesionStudy;
  learned: number[];
  validated: number[];
  judged: number[];
  fresh: number[];
}

export function lesionSets(seed: number, counts: Readonly<Record<keyof typeof COUNTS, number>> = COUNTS): LesionSets {
  const { learned, validated, judged, fresh } = counts;
  const study = lesionStudy(seed, { learned, judged: validated + judged + fresh, side: CONFIGURATION.size });
  const ids = study.frames.map(({ frameId }) => frameId);
  const take = (count: number): number[] => ids.splice(0, count);
  return {
    study,
    learned: take(learned),
    validated: take(validated),
    judged: take(judged),
    fresh: take(fresh),
  };
}

/** Mean figures of the steps since the last entry. */
export interface LogEntry {
  step: number;
  figures: Record<string, number>;
}

export interface LesionTraining {
  weights: Uint8Array;
  log: LogEntry[];
  priorSteps: number;
}

interface Options {
  seed: number;
  /** Of the training; the others are those of `CONFIGURATION`. */
  change?: Readonly<Record<string, SettingValue>>;
  /** Steps to an entry of the log. */
  every?: number;
  /** The step after which it counts as done; the last, unless told otherwise. */
  until?: number;
  /** Where it is kept. */
  folder?: string | undefined;
  /** Seconds after which it is left, to go on another time. */
  atMost?: number;
}

/** null: it was left before its end. */
export async function trainOnLesions(
  { study, learned, validated }: LesionSets,
  { seed, change = {}, every = 60, until = Infinity, folder, atMost = Infinity }: Options,
): Promise<LesionTraining | null> {
  const settings = siameseDiffusion.parse({ ...CONFIGURATION, ...change });
  const priorSteps = settings["stages"] === "two" ? Number(settings["priorSteps"]) : 0;
  const kept = keptIn(folder);
  const { log } = kept.position;
  let { sums } = kept.position;
  const done = kept.read("model.safetensors");
  if (done !== undefined) return { weights: done, log, priorSteps };
  const of = (ids: readonly number[], role: SourceFrame["role"]): SourceFrame[] =>
    ids.map((frameId) => ({ frameId, caseId: frameId, role, hasLabelMap: true }));
  const session = await siameseDiffusion.start({
    cases: { ...study, frames: [...of(learned, "train"), ...of(validated, "validate")] },
    settings,
    seed,
    device: "cpu",
    classes: study.classes,
    channels: study.channels,
    resume: kept.read("checkpoint.safetensors"),
  });
  try {
    const start = performance.now();
    const end = Math.min(until, session.steps);
    while (session.step < end) {
      for (const [name, value] of Object.entries(await session.runStep())) (sums[name] ??= []).push(value);
      const isEnd = session.step === end || session.step === priorSteps;
      if (isEnd || session.step % every === 0) {
        const figures = Object.entries(sums).map(([name, values]) => [name, meanOf(values)] as const);
        log.push({ step: session.step, figures: Object.fromEntries(figures) });
        sums = {};
      }
      if (performance.now() - start > 1000 * atMost && session.step < end) {
        kept.write("checkpoint.safetensors", await session.checkpoint());
        kept.write("log.json", JSON.stringify({ log, sums }));
        return null;
      }
    }
    const weights = await session.weights();
    kept.write("log.json", JSON.stringify({ log, sums }));
    kept.write("model.safetensors", weights);
    return { weights, log, priorSteps };
  } finally {
    await session.release();
  }
}

function keptIn(folder: string | undefined) {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const read = (name: string): Uint8Array | undefined =>
    folder !== undefined && existsSync(join(folder, name))
      ? new Uint8Array(readFileSync(join(folder, name)))
      : undefined;
  const position = read("log.json");
  return {
    read,
    write(name: string, content: Uint8Array | string): void {
      if (folder !== undefined) writeFileSync(join(folder, name), content);
    },
    position: (position === undefined ? { log: [], sums: {} } : JSON.parse(new TextDecoder().decode(position))) as {
      log: LogEntry[];
      sums: Record<string, number[]>;
    },
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
