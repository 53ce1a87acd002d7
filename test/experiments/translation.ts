/**
 * @file `npm run experiments -- reggan`: what misalignment of the pairs that are learned from does to pix2pix, CycleGAN and RegGAN. Each is trained on the same
 * pairs in the same order, moved in the same way, and judged on pairs that lie exactly on each other: of the phantom, or of the patient of a real set that is left out.
 */
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import type { CaseSource } from "../../src-main/dataset/index.ts";
import { type ComputeDevice, findMethod, type SettingValue } from "../../src-main/methods/index.ts";
import { machineName } from "../bench/rows.ts";
import { brainPairs } from "./brain-phantom.ts";
import { openPairedFolders } from "./paired-folders.ts";
import { shufflePairs } from "./shuffled-pairs.ts";
import { scoreTranslations, type TranslationScores } from "./translation-scores.ts";

interface Arm {
  id: string;
  method: "reggan" | "cyclegan";
  settings: Readonly<Record<string, SettingValue>>;
}

/** The last ones are controls: which part of RegGAN does the work. */
const ARMS: readonly Arm[] = [
  { id: "pix2pix", method: "reggan", settings: { mode: "pix2pix" } },
  { id: "cyclegan", method: "cyclegan", settings: {} },
  { id: "reggan", method: "reggan", settings: { mode: "reggan" } },
  { id: "reggan-cycle", method: "reggan", settings: { mode: "cyclegan-registered" } },
  { id: "nc", method: "reggan", settings: { mode: "nc" } },
  { id: "l1-20", method: "reggan", settings: { mode: "pix2pix", pixelWeight: 20 } },
  { id: "rough", method: "reggan", settings: { mode: "reggan", smoothnessWeight: 0 } },
  { id: "uncorrected", method: "reggan", settings: { mode: "reggan", correctionWeight: 0 } },
];
const USUAL = ["pix2pix", "cyclegan", "reggan"];

/** Of the specification's tier "test". */
const SETTINGS = {
  size: 64,
  steps: 600,
  batchSize: 4,
  generatorWidth: 8,
  generatorBlocks: 3,
  discriminatorWidth: 8,
  discriminatorHalvings: 2,
  registrationWidth: 8,
  registrationLevels: 4,
  registrationBlocks: 1,
  learningRate: 5e-4,
};

/** How far pairs to learn from are moved, 0 to 5; or "unpaired": not moved, but of two patients each. */
export type Level = number | "unpaired";

export interface TranslationRow extends TranslationScores {
  experiment: "reggan";
  data: string;
  arm: string;
  level: Level;
  seed: number;
  settings: Readonly<Record<string, SettingValue>>;
  /** Means of the estimated flow over test pairs, pixels; where one is estimated. */
  flow: Readonly<Record<string, number>>;
  seconds: number;
  machine: string;
  date: string;
}

export interface TrainingOptions {
  method: "reggan" | "cyclegan";
  settings: Readonly<Record<string, SettingValue>>;
  seed: number;
  device?: ComputeDevice;
  /** That operators share on the CPU; default: ONNX Runtime's own choice. Of one core more than 1 wait for each other. */
  threads?: number | undefined;
  tellStep?: (step: number) => void;
}

/** Trains on the pairs to learn from, judges the last weights on those to look at. */
export async function trainAndScore(
  cases: CaseSource,
  { method, settings, seed, device = "cpu", threads, tellStep }: TrainingOptions,
): Promise<{ scores: TranslationScores; flow: Record<string, number>; losses: Record<string, number>[] }> {
  const found = findMethod(method);
  const session = await found.start({
    cases,
    settings: found.parse(settings),
    seed,
    device,
    classes: [],
    channels: 1,
    modalities: { source: "T1", target: "T2", kind: "paired" },
    ...(threads !== undefined && { resources: { threads } }),
  });
  try {
    const losses: Record<string, number>[] = [];
    while (session.step < session.steps) {
      losses.push(await session.runStep());
      tellStep?.(session.step);
    }
    const pairs: { made: Float32Array; real: Float32Array }[] = [];
    const judgment = await session.validate(
      () => undefined,
      undefined,
      undefined,
      (made, real) => {
        pairs.push({ made: made.slice(), real: real.slice() });
        return null;
      },
    );
    const scores = scoreTranslations(pairs, Number(settings["size"]));
    return { scores, flow: { ...(judgment !== undefined && judgment.figures) }, losses };
  } finally {
    await session.release();
  }
}

export interface TranslationExperiment {
  seeds: readonly number[];
  levels: readonly Level[];
  arms?: readonly string[];
  settings: Readonly<Record<string, SettingValue>>;
  json?: string | undefined;
  device: ComputeDevice;
  threads?: number | undefined;
  atMost: number;
  /** Of the phantom. */
  pairs: { train: number; test: number };
  /** Instead of the phantom: a folder of each modality, one patient after the other left out. */
  folders?: { path: string; from: string; to: string } | undefined;
}

/** What is learned from and judged on, by name. */
interface Subject {
  data: string;
  cases(seed: number, side: number): CaseSource;
  shuffled(seed: number, side: number): CaseSource;
}

function subjectsOf({ folders, pairs }: Pick<TranslationExperiment, "folders" | "pairs">): Subject[] {
  if (folders === undefined) {
    const data = `brain-phantom ${pairs.train}+${pairs.test}`;
    const cases: Subject["cases"] = (seed, side) => brainPairs(seed, { side, ...pairs });
    // Each image of the phantom is a patient of its own.
    return [{ data, cases, shuffled: (seed, side) => shufflePairs(cases(seed, side), seed, ({ frameId }) => frameId) }];
  }
  const { name, patients, without } = openPairedFolders(folders.path, folders);
  return patients.map((patient) => ({
    data: `${name}, without ${patient}`,
    cases: () => without(patient),
    shuffled: (seed) => shufflePairs(without(patient), seed),
  }));
}

/** Rows that are in `json` already are not computed again. */
export async function performTranslation(asked: TranslationExperiment): Promise<void> {
  const settings = { ...SETTINGS, ...asked.settings };
  const arms = (asked.arms ?? USUAL).map((id) => {
    const arm = ARMS.find((each) => each.id === id);
    if (arm === undefined) throw new Error(`no arm ${id}; there are ${ARMS.map((each) => each.id).join(", ")}.`);
    return arm;
  });
  const rows = asked.json !== undefined && existsSync(asked.json) ? readRows(asked.json) : [];
  const subjects = subjectsOf(asked);
  let left = asked.atMost;
  for (const seed of asked.seeds) {
    for (const { data, cases, shuffled } of subjects) {
      for (const level of asked.levels) {
        for (const arm of arms) {
          const own = { ...settings, ...arm.settings, noiseLevel: level === "unpaired" ? 0 : level };
          const known = { experiment: "reggan", data, arm: arm.id, level, seed, settings: own } as const;
          if (rows.some((row) => isSame(row, known)) || left-- <= 0) continue;
          const start = performance.now();
          const pairs = (level === "unpaired" ? shuffled : cases)(seed, Number(settings.size));
          const { scores, flow } = await trainAndScore(pairs, {
            method: arm.method,
            settings: own,
            seed,
            device: asked.device,
            threads: asked.threads,
          });
          const seconds = Math.round((performance.now() - start) / 100) / 10;
          rows.push({ ...known, ...scores, flow, seconds, machine: machineName(), date: new Date().toISOString() });
          if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(rows, null, 1)}\n`);
          console.log(lineOf(rows.at(-1)!));
        }
      }
    }
  }
  console.log(`\n${machineName()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  const shown = rows.filter(
    ({ data, settings: own }) => own["size"] === settings.size && subjects.some((subject) => subject.data === data),
  );
  for (const line of tableOf(shown, asked.levels)) console.log(line);
}

type Known = Pick<TranslationRow, "data" | "arm" | "level" | "seed" | "settings">;

const isSame = (row: Known, known: Known): boolean =>
  (["data", "arm", "level", "seed"] as const).every((key) => row[key] === known[key]) &&
  JSON.stringify(row.settings) === JSON.stringify(known.settings);

const readRows = (path: string): TranslationRow[] => JSON.parse(readFileSync(path, "utf8")) as TranslationRow[];

function lineOf({ data, arm, level, seed, nmae, psnr, ssim, shift, variety, seconds }: TranslationRow): string {
  return `${data}, ${conditionName(level)}, seed ${seed}, ${arm}: NMAE ${nmae.toFixed(3)}, PSNR ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(3)} (range 2), edges off by ${shift.down.toFixed(1)}/${shift.across.toFixed(1)} px, variety ${variety.toFixed(2)}, ${seconds} s`;
}

const conditionName = (level: Level): string => (level === "unpaired" ? level : `level ${level}`);

/** PSNR / SSIM by arm and condition, mean ± deviation over seeds and patients left out. */
export function tableOf(rows: readonly TranslationRow[], levels: readonly Level[]): string[] {
  const arms = [...new Set(rows.map(({ arm }) => arm))];
  const cell = (arm: string, level: Level): string => {
    const own = rows.filter((row) => row.arm === arm && row.level === level);
    if (own.length === 0) return "–";
    const of = (key: "psnr" | "ssim", digits: number): string => {
      const values = own.map((row) => row[key]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      if (values.length < 2) return mean.toFixed(digits);
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
      return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
    };
    return `${of("psnr", 2)} / ${of("ssim", 3)} (${own.length})`;
  };
  return [
    `| | ${levels.map(conditionName).join(" | ")} |`,
    `|---|${levels.map(() => "---|").join("")}`,
    ...arms.map((arm) => `| ${arm} | ${levels.map((level) => cell(arm, level)).join(" | ")} |`),
  ];
}
