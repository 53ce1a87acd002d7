/**
 * @file `npm run experiments -- diffmic|classify --data DIR`: what grading by diffusion is worth beside a plain network, on class folders. Every arm of a seed learns
 * the same images in the same split, with the same trunk and variation; weights are chosen on validation images, and the test images are looked at once.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import type { CaseSource, SourceFrame } from "../../src-main/dataset/index.ts";
import {
  accuracy,
  auc,
  aucMacroOneVsRest,
  balancedAccuracy,
  expectedCalibrationError,
  f1Macro,
  pairedEffect,
} from "../../src-main/metrics/index.ts";
import {
  type ComputeDevice,
  type GradedImage,
  findMethod,
  type LabelTarget,
  type SettingValue,
  type StartRequest,
} from "../../src-main/methods/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { machineName } from "../bench/rows.ts";
import { type Arm, findArm, settingsOf, toldGrades, USUAL } from "./grading-arms.ts";

type Settings = Readonly<Record<string, SettingValue>>;

/** How often each test image is asked. */
const SAMPLES = 10;
/** Every pixel times this, in turn: what a monitor does to a picture should change no grade. */
const BRIGHTNESS = [0.95, 1.05];
/** Share of the training images that chooses the weights. */
const VALIDATED = 0.2;

interface Image {
  file: string;
  grade: number;
  isTest: boolean;
}

export interface GradingRow {
  experiment: "grading";
  data: string;
  arm: string;
  seed: number;
  settings: Settings;
  images: { train: number; validate: number; test: number };
  accuracy: number;
  balancedAccuracy: number;
  macroF1: number;
  auc: number | null;
  ece: number;
  /** How well 1 - probability finds the answers that are wrong. */
  errorAuc: number | null;
  /** Of one sample instead of their mean, and of the guess that the diffusion began with. */
  guess: number | null;
  /** Largest share of the answers that change with all pixels 5 % darker or brighter; null for several networks together. Left out of earlier rows. */
  flips?: number | null;
  /** 1 where the answer was right, by test image. */
  right: number[];
  seconds: number;
  machine: string;
  date: string;
}

export interface GradingExperiment {
  experiment: "diffmic" | "classify";
  folders: readonly string[];
  seeds: readonly number[];
  arms?: readonly string[];
  settings: Settings;
  json?: string | undefined;
  device: ComputeDevice;
  /** That a training may use on the CPU. */
  threads?: number | undefined;
  atMost: number;
  tell(line: string): void;
}

/** Rows that are in `json` already are not computed again. */
export async function performGrading(asked: GradingExperiment): Promise<void> {
  const arms = (asked.arms ?? USUAL[asked.experiment]).map(findArm);
  const rows: GradingRow[] =
    asked.json !== undefined && existsSync(asked.json)
      ? (JSON.parse(readFileSync(asked.json, "utf8")) as GradingRow[])
      : [];
  let left = asked.atMost;
  for (const folder of asked.folders) {
    const { images, classes } = imagesIn(folder);
    for (const seed of asked.seeds) {
      for (const arm of arms) {
        const given = settingsOf(arm, asked.settings);
        const known = { data: basename(folder), arm: arm.id, seed };
        const isKnown = rows.some(
          (row) =>
            row.data === known.data &&
            row.arm === known.arm &&
            row.seed === seed &&
            JSON.stringify(row.settings) === JSON.stringify(given),
        );
        if (isKnown || left-- <= 0) continue;
        const start = performance.now();
        const scores = await trainAndJudge(images, classes, { ...asked, arm, settings: given, seed });
        const seconds = Math.round((performance.now() - start) / 100) / 10;
        const row: GradingRow = {
          experiment: "grading",
          ...known,
          settings: given,
          ...scores,
          seconds,
          machine: machineName(),
          date: new Date().toISOString(),
        };
        rows.push(row);
        if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(rows, null, 1)}\n`);
        const guess = row.guess === null ? "" : `, guess alone ${row.guess.toFixed(3)}`;
        asked.tell(
          `${known.data} seed ${seed} ${arm.id}: accuracy ${row.accuracy.toFixed(3)}, AUC ${row.auc?.toFixed(3) ?? "–"}, ECE ${row.ece.toFixed(3)}${guess}, ${seconds} s`,
        );
      }
    }
    const isOfThese = ({ arm, settings }: GradingRow): boolean => {
      const own = arms.find(({ id }) => id === arm);
      return own !== undefined && JSON.stringify(settings) === JSON.stringify(settingsOf(own, asked.settings));
    };
    report(
      rows.filter((row) => row.data === basename(folder) && asked.seeds.includes(row.seed) && isOfThese(row)),
      arms.map(({ id }) => id),
      asked.tell,
    );
  }
}

/** Class folders, or `train` and `test` with class folders each. Throws where there are none. */
function imagesIn(folder: string): { images: Image[]; classes: string[] } {
  const parts = ["train", "test"].filter((part) => existsSync(join(folder, part)));
  const roots = parts.length === 2 ? parts : [""];
  const classes = readdirSync(join(folder, roots[0]!), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
  if (classes.length < 2) throw new Error(`${folder}: no class folders.`);
  const images = roots.flatMap((root) =>
    classes.flatMap((name, grade) =>
      readdirSync(join(folder, root, name))
        .toSorted()
        .map((file): Image => ({ file: join(folder, root, name, file), grade, isTest: root === "test" })),
    ),
  );
  return { images, classes };
}

/** Training, validation and test images: each class split alike, by seed; the test folder, where there is one, is the same for all seeds. */
function splitOf(images: readonly Image[], seed: number): SourceFrame["role"][] {
  const roles = images.map((): SourceFrame["role"] => "train");
  const hasTest = images.some(({ isTest }) => isTest);
  for (const own of Map.groupBy(images.keys(), (at) => `${images[at]!.grade} ${images[at]!.isTest}`).values()) {
    const order = new Random(seed, "split").shuffle(own);
    for (const [place, at] of order.entries()) {
      if (images[at]!.isTest) roles[at] = "evaluate";
      else if (place < VALIDATED * order.length) roles[at] = "validate";
      else if (!hasTest && place < 2 * VALIDATED * order.length) roles[at] = "evaluate";
    }
  }
  return roles;
}

async function trainAndJudge(
  images: readonly Image[],
  classes: readonly string[],
  {
    arm,
    settings,
    seed,
    device,
    threads,
  }: { arm: Arm; settings: Settings; seed: number } & Pick<GradingExperiment, "device" | "threads">,
): Promise<Omit<GradingRow, "experiment" | "data" | "arm" | "seed" | "settings" | "seconds" | "machine" | "date">> {
  const roles = splitOf(images, seed);
  const grades = images.map(({ grade }) => grade);
  const told = toldGrades(arm, grades, roles, seed);
  const frames: SourceFrame[] = told.map((grade, at) => {
    return { frameId: at + 1, caseId: at + 1, role: roles[at]!, hasLabelMap: false, values: [grade] };
  });
  const frameOf = (frameId: number): Promise<Frame> => {
    const { file } = images[frameId - 1]!;
    return decodeFrame(readFileSync(file), { fileName: basename(file), frame: 0 });
  };
  const cases: CaseSource = {
    frames: frames.filter(({ role }) => role !== "evaluate"),
    frame: frameOf,
    labelMap: () => Promise.reject(new Error("no masks")),
  };
  const channels = (await frameOf(1)).channels === 3 ? 3 : 1;
  const targets: LabelTarget[] = [{ labelId: 1, name: "class", kind: "class", options: [...classes], unit: null }];
  const tested = frames.filter(({ role }) => role === "evaluate");
  const truth = tested.map(({ values }) => values![0]!);
  const rows = tested.map(() => new Array<number>(classes.length).fill(0));
  let guess: number | null = null;
  let flips: number | null = null;
  const members = arm.members ?? 1;
  for (let member = 0; member < members; member++) {
    const weights = await bestWeights(
      { ...arm, settings },
      { cases, seed: seed + 1000 * member, device, channels, targets, resources: { threads } },
    );
    const grader = await findMethod(arm.method).openGrader!(weights, device);
    try {
      const gradeAll = async (brightness = 1): Promise<GradedImage[]> => {
        const all: GradedImage[] = [];
        for (let first = 0; first < tested.length; first += grader.batch) {
          const group = tested.slice(first, first + grader.batch);
          const given = await Promise.all(
            group.map(async ({ frameId }) => ({ key: frameId, frame: times(await frameOf(frameId), brightness) })),
          );
          // A plain network is asked once: turned images are another method.
          all.push(...(await grader.grade(given, { samples: arm.method === "diffmic" ? SAMPLES : 1, seed })));
        }
        return all;
      };
      const graded = await gradeAll();
      for (const [at, { answers }] of graded.entries())
        answers[0]!.probabilities.forEach((p, own) => (rows[at]![own]! += p / members));
      if (arm.method === "diffmic")
        guess = graded.filter(({ looks }, at) => looks?.both === truth[at]).length / tested.length;
      if (members === 1) {
        const others = [await gradeAll(BRIGHTNESS[0]), await gradeAll(BRIGHTNESS[1])];
        const changed = (other: GradedImage[]): number =>
          other.filter(({ answers }, at) => answers[0]!.value !== graded[at]!.answers[0]!.value).length;
        flips = Math.max(...others.map(changed)) / tested.length;
      }
    } finally {
      await grader.release();
    }
  }
  const said = rows.map((row) => row.indexOf(Math.max(...row)));
  const right = said.map((value, at) => Number(value === truth[at]));
  return {
    images: {
      train: frames.filter(({ role }) => role === "train").length,
      validate: frames.filter(({ role }) => role === "validate").length,
      test: tested.length,
    },
    accuracy: accuracy(truth, said),
    balancedAccuracy: balancedAccuracy(truth, said),
    macroF1: f1Macro(truth, said),
    auc: aucMacroOneVsRest(truth, rows),
    ece: expectedCalibrationError(truth, rows),
    errorAuc: auc(
      right.map((one) => 1 - one),
      rows.map((row) => 1 - Math.max(...row)),
    ),
    guess,
    flips,
    right,
  };
}

/** Pixels of 8 bits, as in all sets of class folders that were tried; others stay as they are. */
function times(frame: Frame, brightness: number): Frame {
  if (brightness === 1 || frame.sampleType !== "uint8") return frame;
  return { ...frame, data: Uint8Array.from(frame.data, (value) => Math.min(255, Math.round(value * brightness))) };
}

/** Those with the best balanced accuracy on the validation images, as in the app. */
async function bestWeights(
  { method: id, settings }: Pick<Arm, "method" | "settings">,
  request: Pick<StartRequest, "cases" | "seed" | "device" | "channels" | "targets" | "resources">,
): Promise<Uint8Array> {
  const method = findMethod(id);
  const session = await method.start({ ...request, settings: method.parse(settings), classes: [] });
  try {
    let best: { score: number; weights: Uint8Array } | null = null;
    while (session.step < session.steps) {
      await session.runStep();
      if (session.step % session.validateEvery !== 0 && session.step !== session.steps) continue;
      const said = new Map<number, number>();
      await session.validate(
        () => undefined,
        undefined,
        undefined,
        undefined,
        (frameId, answers) => said.set(frameId, answers[0]!.value),
      );
      if (session.isCandidate === false || said.size === 0) continue;
      const known = request.cases.frames.filter(({ frameId }) => said.has(frameId));
      const score = balancedAccuracy(
        known.map(({ values }) => values![0]!),
        known.map(({ frameId }) => said.get(frameId)!),
      );
      if (best === null || score > best.score) best = { score, weights: await session.weights() };
    }
    return best!.weights;
  } finally {
    await session.release();
  }
}

function report(rows: readonly GradingRow[], arms: readonly string[], tell: (line: string) => void): void {
  const of = (arm: string): GradingRow[] => rows.filter((row) => row.arm === arm);
  const mean = (
    own: readonly GradingRow[],
    key: "accuracy" | "macroF1" | "auc" | "ece" | "errorAuc" | "guess" | "flips" | "seconds",
  ) => {
    const values = own.flatMap((row) => row[key] ?? []);
    return values.length === 0
      ? "–"
      : (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(key === "seconds" ? 0 : 3);
  };
  const seedsOf = (own: readonly GradingRow[]): string => own.map((row) => row.accuracy.toFixed(3)).join(", ");
  tell(`\n${machineName()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  tell(
    "| arm | seeds | accuracy | by seed | macro F1 | AUC | ECE | errors found (AUC) | guess alone | changed by brightness | s |",
  );
  tell("|---|---|---|---|---|---|---|---|---|---|---|");
  for (const arm of arms) {
    const own = of(arm);
    if (own.length === 0) continue;
    tell(
      `| ${arm} | ${own.length} | ${mean(own, "accuracy")} | ${seedsOf(own)} | ${mean(own, "macroF1")} | ${mean(own, "auc")} | ${mean(own, "ece")} | ${mean(own, "errorAuc")} | ${mean(own, "guess")} | ${mean(own, "flips")} | ${mean(own, "seconds")} |`,
    );
  }
  tell("");
  const observations = (arm: string) =>
    of(arm).flatMap(({ seed, right }) => right.map((value, patient) => ({ seed, patient, value })));
  const reference = observations(arms[0]!);
  for (const arm of arms.slice(1)) {
    const own = observations(arm);
    if (own.length === 0 || reference.length === 0) continue;
    const { mean: difference, low, high, seeds, sign } = pairedEffect(own, reference);
    tell(
      `${arm} - ${arms[0]}: accuracy ${difference >= 0 ? "+" : ""}${difference.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}, better in ${sign.positive} of ${seeds.length} seeds.`,
    );
  }
}
