/**
 * @file `npm run experiments -- METHOD [--data DIR]… [--seeds N] [--labelled N,…] [--json FILE]`: what a method is worth, on hearts made
 * by numbers or on folders of images. Protocols and results: docs/experiments.
 */
import { parseArgs } from "node:util";
import {
  cellsOf,
  comparisonCautions,
  comparisonSentence,
  type ExperimentSplit,
  type FrameScore,
  type CaseScore,
  performCell,
  planExperiment,
  reportOf,
  reportTable,
  type Study,
  trainingSteps,
} from "../../src-main/experiments/index.ts";
import {
  type Observation,
  pairedEffect,
  passGate,
  poorFoundEarly,
  riskCoverageArea,
  spearman,
} from "../../src-main/metrics/index.ts";
import type { ComputeDevice } from "../../src-main/methods/index.ts";
import { machineName } from "../bench/rows.ts";
import { openFolderStudy } from "./folder-study.ts";
import { lookAtPairs, type PaintingQuality } from "./painting-quality.ts";
import { paintingTable } from "./painting-table.ts";
import { knownMethods, type Protocol, protocolOf } from "./protocols.ts";
import { type ExperimentRowOut, findRow, readRows, writeRows } from "./rows.ts";

const USAGE = `npm run experiments -- METHOD [--data DIR]... [--seeds N] [--labelled N,...] [--json FILE]
  --data DIR       images/ and masks/ of the same stems, instead of the method's phantom; of diffmic and classify class folders; may be repeated
  --seeds N        the first N of the registered seeds 11, 22, 33, ... (default 5)
  --calibrate      seeds 0, 1, 2, ... instead: for choosing settings, never for results
  --labelled N,... images whose labels are seen, or shares like 5%,10% (default those of the phantom, else 5%,10%)
  --levels N,...   of reggan: misalignment of the pairs that are learned from (default 0 to 5); "unpaired": source and target of different patients
  --from A --to B  of reggan with --data: folders of DIR, images of a patient under one name in both; a patient at a time is left out
  --arms ID,...    some of the arms, the one to compare with first
  --set KEY=VALUE  a setting for all arms that have it; may be repeated. painter.KEY: of the generator that paints for an arm
  --device NAME    default cpu
  --json FILE      keep the rows in FILE; those that are there are not computed again
  --threads N      of diffmic, classify and reggan: that a training may use on the CPU
  --at-most N      stop after N trainings; call again to go on`;

const { values, positionals } = parseArgs({
  options: {
    data: { type: "string", multiple: true },
    seeds: { type: "string", default: "5" },
    calibrate: { type: "boolean", default: false },
    labelled: { type: "string" },
    levels: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    arms: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    device: { type: "string", default: "cpu" },
    json: { type: "string" },
    "at-most": { type: "string" },
    threads: { type: "string" },
    help: { type: "boolean" },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

function wholeNumber(text: string, name: string): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0
    ? number
    : wrongUsage(`--${name} takes whole numbers above 0, got ${text}.`);
}

function levelOf(text: string): number | "unpaired" {
  if (text === "unpaired") return text;
  const level = Number(text);
  return text !== "" && level >= 0 && level <= 5
    ? level
    : wrongUsage(`--levels takes 0 to 5 and "unpaired", got ${text}.`);
}

function wrongUsage(message: string): never {
  console.error(`experiments: ${message}\n${USAGE}`);
  process.exit(2);
}

const [experiment = ""] = positionals;
if (positionals.length === 1 && experiment === "reggan") {
  const { performTranslation } = await import("./translation.ts");
  const { data, from, to } = values;
  if (data !== undefined && (data.length !== 1 || from === undefined || to === undefined)) {
    wrongUsage("reggan takes one --data DIR, with --from and --to.");
  }
  await performTranslation({
    seeds: Array.from({ length: wholeNumber(values.seeds, "seeds") }, (_, index) => 11 * (index + 1)),
    levels: (values.levels ?? "0,1,2,3,4,5").split(",").map(levelOf),
    ...(values.arms !== undefined && { arms: values.arms.split(",") }),
    settings: Object.fromEntries(values.set.map(typedSetting)),
    json: values.json,
    device: values.device as ComputeDevice,
    threads: values.threads === undefined ? undefined : wholeNumber(values.threads, "threads"),
    atMost: values["at-most"] === undefined ? Infinity : wholeNumber(values["at-most"], "at-most"),
    pairs: { train: wholeNumber(values.labelled ?? "200", "labelled"), test: 24 },
    ...(data !== undefined && { folders: { path: data[0]!, from: from!, to: to! } }),
  });
  process.exit(0);
}
if (positionals.length === 1 && (experiment === "diffmic" || experiment === "classify")) {
  if (values.data === undefined) wrongUsage(`${experiment} needs --data DIR with class folders.`);
  const { performGrading } = await import("./grading.ts");
  await performGrading({
    experiment,
    folders: values.data,
    seeds: Array.from({ length: wholeNumber(values.seeds, "seeds") }, (_, index) => 11 * (index + 1)),
    ...(values.arms !== undefined && { arms: values.arms.split(",") }),
    settings: Object.fromEntries(values.set.map(typedSetting)),
    json: values.json,
    device: values.device as ComputeDevice,
    atMost: values["at-most"] === undefined ? Infinity : wholeNumber(values["at-most"], "at-most"),
    threads: values.threads === undefined ? undefined : wholeNumber(values.threads, "threads"),
    tell: (line) => console.log(line),
  });
  process.exit(0);
}
if (positionals.length !== 1 || !knownMethods().includes(experiment)) {
  wrongUsage(
    `expected one of ${[...knownMethods(), "reggan", "diffmic", "classify"].join(", ")}, got ${positionals.join(" ") || "nothing"}.`,
  );
}
const seeds = Array.from({ length: wholeNumber(values.seeds, "seeds") }, (_, index) =>
  values.calibrate ? index : 11 * (index + 1),
);
let left = values["at-most"] === undefined ? Infinity : wholeNumber(values["at-most"], "at-most");

const protocol = protocolOf(experiment);
const { phantom } = protocol;
const settings = { ...protocol.settings, ...Object.fromEntries(values.set.map(typedSetting)) };
const ids = values.arms?.split(",") ?? protocol.usual;
const arms = ids.map((id) => {
  const arm = protocol.arms.find((one) => one.id === id);
  return arm ?? wrongUsage(`no arm ${id}; there are ${protocol.arms.map((one) => one.id).join(", ")}.`);
});
const rows = readRows(values.json);
const device = values.device as ComputeDevice;

if (values.data === undefined) {
  const side = Number(settings["size"]);
  await perform(phantom.name, (seed) => phantom.studyOf(seed, side), phantom.testCases);
  report(phantom.name, protocol);
} else {
  for (const folder of values.data) {
    const study = await openFolderStudy(folder);
    console.log(`${study.name}: ${study.frames.length} images, ${study.cases} cases (${study.grouping})`);
    await perform(study.name, () => study, undefined);
    report(study.name);
  }
}

/** Every arm of every seed that is not there yet. A seed is a split of its own. */
async function perform(
  data: string,
  studyOf: (seed: number) => Study & { readonly learned?: readonly number[] },
  testCases: number | undefined,
): Promise<void> {
  for (const seed of seeds) {
    const study = studyOf(seed);
    const annotated = study.frames.filter(({ isAnnotated }) => isAnnotated).length;
    const labelled = labelledOf(annotated);
    const asked = { arms, settings, seeds: [seed], labelled, folds: 1, testCases, labelBy: protocol.labelBy };
    const plan = planExperiment(study.frames, asked);
    for (const cell of cellsOf({ ...plan, splits: fixedSplits(study, seed) ?? plan.splits })) {
      const { arm, split } = cell;
      const known = {
        experiment,
        data,
        arm: arm.id,
        seed,
        fold: split.fold,
        labelled: split.labelled,
        settings: arm.settings,
        ...(arm.painter && { painter: arm.painter }),
      };
      if (findRow(rows, known) !== undefined) continue;
      if (left <= 0) return;
      left--;
      const start = performance.now();
      const judged: FrameScore[] = [];
      let painting: PaintingQuality | undefined;
      const scores = await performCell(study, cell, {
        device,
        onFrame: (frame) => judged.push(frame),
        onPainted: async (painted) => void (painting = await lookAtPairs(painted, { study, split, device })),
        progress: {
          isStopped: () => false,
          stepDone: tellStep(`${data} seed ${seed} ${arm.id}`, trainingSteps(arm)),
          mayCheckpoint: async () => undefined,
        },
      });
      const row: ExperimentRowOut = {
        ...known,
        method: arm.method,
        trainable: study.frames.filter(({ caseId, isAnnotated }) => isAnnotated && !split.test.includes(caseId)).length,
        ...summaryOf(scores!),
        review: reviewOf(judged),
        ...(painting && { painting }),
        seconds: Math.round((performance.now() - start) / 100) / 10,
        device,
        machine: machineName(),
        date: new Date().toISOString(),
        // As rows of earlier versions have them.
        scores: scores!.map(({ score, ...rest }) => ({ ...rest, dice: score })),
      };
      rows.push(row);
      writeRows(values.json, rows);
      console.log(
        `${data}, ${split.labelled} labelled, seed ${seed}, ${arm.id}: Dice ${row.dice.toFixed(3)}, ${row.seconds} s; ${reviewText(row)}`,
      );
    }
  }
}

/** Of a study that says itself which cases are learned from, one image each. */
function fixedSplits(study: Study & { readonly learned?: readonly number[] }, seed: number): ExperimentSplit[] | null {
  if (study.learned === undefined) return null;
  const learned = new Set(study.learned);
  const train = study.frames.filter(({ caseId }) => learned.has(caseId)).map(({ frameId }) => frameId);
  const test = study.frames.filter(({ caseId }) => !learned.has(caseId)).map(({ caseId }) => caseId);
  return [{ seed, fold: 0, labelled: train.length, train, test }];
}

function reviewOf(judged: readonly FrameScore[]): ExperimentRowOut["review"] {
  const [scores, dices] = [judged.map(({ expectedDice }) => expectedDice), judged.map(({ dice }) => dice)];
  return {
    spearman: spearman(scores, dices),
    riskCoverageArea: riskCoverageArea(scores, dices),
    poorFoundEarly: poorFoundEarly(scores, dices),
  };
}

function reviewText({ review }: ExperimentRowOut): string {
  const figure = (value: number | null | undefined): string => value?.toFixed(2) ?? "–";
  return `expected Dice: Spearman ${figure(review?.spearman)}, risk-coverage ${figure(review?.riskCoverageArea)}, poor ones found early ${figure(review?.poorFoundEarly)}`;
}

function labelledOf(annotated: number): number[] {
  const texts = (values.labelled ?? (values.data === undefined ? String(phantom.labelled) : "5%,10%")).split(",");
  return texts.map((text) =>
    text.endsWith("%")
      ? Math.max(1, Math.round((wholeNumber(text.slice(0, -1), "labelled") / 100) * annotated))
      : wholeNumber(text, "labelled"),
  );
}

function summaryOf(scores: readonly CaseScore[]): Pick<ExperimentRowOut, "dice" | "patients" | "classes"> {
  const means = <Key extends "caseId" | "classValue">(key: Key): [number, number][] => {
    const groups = Map.groupBy(scores, (score) => score[key]);
    return [...groups].map(([id, own]) => [id, own.reduce((sum, { score }) => sum + score, 0) / own.length]);
  };
  const patients = means("caseId").map(([patient, dice]) => ({ patient, dice }));
  return {
    dice: patients.reduce((sum, { dice }) => sum + dice, 0) / patients.length,
    patients,
    classes: means("classValue").map(([value, dice]) => ({ value, dice })),
  };
}

/** To standard error, so that the rows can be piped. */
function tellStep(name: string, steps: number): (step: number) => void {
  const start = performance.now();
  let told = start;
  return (step) => {
    const now = performance.now();
    if (now - told < 5000) return;
    told = now;
    const secondsLeft = ((now - start) / 1000 / step) * (steps - step);
    process.stderr.write(`  ${name}: step ${step} of ${steps}, ${Math.round(secondsLeft)} s left\n`);
  };
}

function report(data: string, judged?: Protocol): void {
  const own = rows.filter(
    (row) =>
      row.experiment === experiment &&
      row.data === data &&
      seeds.includes(row.seed) &&
      arms.some(({ id }) => id === row.arm),
  );
  if (own.length === 0) return;
  // A population of its own for each seed: the third patient of one seed is not that of another.
  const patientOf = (row: ExperimentRowOut, caseId: number): number =>
    data === phantom.name ? 1000 * (row.seed + 1) + caseId : caseId;
  const cells = own.map(({ arm, labelled, seed, fold, scores, ...rest }) => {
    const row = { arm, labelled, seed, fold, scores, ...rest };
    return {
      arm,
      labelled,
      seed,
      fold,
      scores: scores.map(({ dice, ...rest }) => ({ ...rest, score: dice, caseId: patientOf(row, rest.caseId) })),
    };
  });
  const labelled = [...new Set(own.map((row) => row.labelled))].sort((a, b) => a - b);
  const outcome = reportOf(cells, { arms, labelled });
  console.log(`\n${machineName()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`);
  for (const line of reportTable(outcome)) console.log(line);
  for (const line of paintingTable(own)) console.log(line);
  console.log("");
  for (const one of outcome.comparisons) console.log([comparisonSentence(one), ...comparisonCautions(one)].join(" "));
  if (values.calibrate) return;
  const observations = (arm: string): Observation[] =>
    own
      .filter((row) => row.arm === arm)
      .flatMap((row) =>
        row.patients.map(({ patient, dice }) => ({ seed: row.seed, patient: patientOf(row, patient), value: dice })),
      );
  for (const gate of judged?.gates ?? []) {
    const pair = [observations(gate.arm), observations(gate.reference)] as const;
    if (pair.some(({ length }) => length === 0)) continue;
    const effect = pairedEffect(...pair, { confidence: gate.confidence });
    const outcome = passGate(effect, gate);
    const verdict = effect.seeds.length < seeds.length ? "not complete" : outcome.isPassed ? "passed" : "NOT PASSED";
    console.log(
      `Gate ${gate.arm} - ${gate.reference}: ${verdict}. Mean ${effect.mean.toFixed(3)} (needed ${gate.minimumGain}), ` +
        `positive ${effect.sign.positive} of ${effect.seeds.length} (needed ${gate.minimumPositive}), ` +
        `${100 * gate.confidence} % interval ${effect.low.toFixed(3)} to ${effect.high.toFixed(3)}.`,
    );
  }
}

function typedSetting(text: string): [string, string | number | boolean] {
  const at = text.indexOf("=");
  if (at < 1) wrongUsage(`--set takes KEY=VALUE, got ${text}.`);
  const value = text.slice(at + 1);
  if (value === "true" || value === "false") return [text.slice(0, at), value === "true"];
  return [text.slice(0, at), value !== "" && Number.isFinite(Number(value)) ? Number(value) : value];
}
