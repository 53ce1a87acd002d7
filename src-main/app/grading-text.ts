/** @file What commands say of grades and numbers of whole images. */
import type { LabelCondition, LabelDefinition, LabelEvaluation, LabelProposalRow, Share } from "../api/contract.ts";
import { thresholdText } from "../api/index.ts";
import { counted } from "./terminal.ts";

const figure = (value: number | null, digits = 3): string => (value === null ? "–" : value.toFixed(digits));
const short = (value: number): string => String(Number(value.toPrecision(4)));
const withInterval = (share: Share | null): string =>
  share === null ? "–" : `${figure(share.value)} (${figure(share.low)}–${figure(share.high)})`;

/** Of proposals that wait: how many, and of which it is worth looking first. */
export function waitingLines(rows: readonly LabelProposalRow[]): string[] {
  const flagged = rows.filter(({ flags }) => flags.length > 0).length;
  const waits = `${counted(rows.length, "proposal")} of grades or numbers ${rows.length === 1 ? "waits" : "wait"} for review`;
  const crossing = rows.filter(({ flags }) => flags.includes("threshold")).length;
  const first = crossing === 0 ? "" : ` ${crossing} ${crossing === 1 ? "lies" : "lie"} on both sides of a threshold.`;
  return [flagged === 0 ? `${waits}.` : `${waits}; ${flagged} of them flagged, to be looked at first.${first}`];
}

/** From where on a model's grades may be accepted unseen, or why from nowhere. Numbers have no condition. */
export function conditionLines(conditions: readonly LabelCondition[], labels: readonly LabelDefinition[]): string[] {
  return conditions.map(({ labelId, threshold, judged, above, wrong, neededShare }) => {
    const name = labels.find((label) => label.labelId === labelId)?.name ?? "the label";
    const known = `${counted(judged, "validation patient")} ${judged === 1 ? "was" : "were"} judged`;
    return threshold === null
      ? `No ${name} may be accepted unseen yet: ${known}, too few of them right to prove that ${Math.round(100 * neededShare)} % are (docs/review.md).`
      : `Each ${name} may be accepted unseen from a probability of ${thresholdText(threshold)} on (aliquot review --of grades --accept-above): ${known}, ${above} were so sure, ${wrong} of them wrong.`;
  });
}

export function labelEvaluationLines(evaluation: LabelEvaluation): string[] {
  const { label, images, excluded, patients, split, modelId, classes, numbers } = evaluation;
  const head = `Model ${modelId}, ${label.name}: ${counted(images, "image")} of ${counted(patients, "case")} (${split}):`;
  const none = excluded === 0 ? [] : [`  Without ${counted(excluded, "image")} of which it said no finite number.`];
  return [
    head,
    ...none,
    ...(classes === null ? [] : classLines(classes)),
    ...(numbers === null ? [] : numberLines(numbers, images)),
  ];
}

function classLines(classes: NonNullable<LabelEvaluation["classes"]>): string[] {
  const { options, unknown, majority, bins } = classes;
  const width = Math.max(...options.map(({ length }) => length), 5);
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `    ${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(Math.min(width, 12))).join(" ")}`;
  const kappa = classes.quadraticKappa === null ? "" : `, quadratic kappa ${figure(classes.quadraticKappa)}`;
  const apart = classes.gradeError === null ? "" : `, MAE ${figure(classes.gradeError)} grades`;
  return [
    `  accuracy ${withInterval(classes.accuracy)} (always "${majority.option}": ${figure(majority.share)}), balanced ${figure(classes.balancedAccuracy)}`,
    `  macro F1 ${figure(classes.macroF1)}, AUC ${figure(classes.auc)}${kappa}${apart}, ECE ${figure(classes.ece)}`,
    ...unknown.map(
      ({ option, images }) =>
        `  ${counted(images, "image")} of "${option}", which the model never learned: counted as wrong.`,
    ),
    ...classes.perClass.map(
      (one) =>
        `  ${one.option} (${one.images}): sensitivity ${withInterval(one.sensitivity)}, specificity ${withInterval(one.specificity)}, F1 ${figure(one.f1)}, AUC ${figure(one.auc)}`,
    ),
    ...classes.thresholds.map(
      (one) =>
        `  ${one.option} or higher (${one.images} of ${one.of}): sensitivity ${withInterval(one.sensitivity)}, specificity ${withInterval(one.specificity)}, AUC ${figure(one.auc)}`,
    ),
    "  Truth in rows, answers in columns:",
    row(
      "",
      options.map((option) => option.slice(0, 12)),
    ),
    ...classes.matrix.map((counts, at) => row(options[at]!, counts)),
    "  How often answers of so much probability were right:",
    ...bins
      .filter(({ count }) => count > 0)
      .map(
        ({ low, high, count, confidence, accuracy }) =>
          `    ${low.toFixed(1)}–${high.toFixed(1)}: said ${figure(confidence, 2)}, right ${figure(accuracy, 2)} (${counted(count, "image")})`,
      ),
  ];
}

/** Below so many images a correlation says little. */
const FEW = 10;

function numberLines(numbers: NonNullable<LabelEvaluation["numbers"]>, images: number): string[] {
  const { unit, intervals, blandAltman } = numbers;
  const of = (value: number): string => (unit === null ? short(value) : `${short(value)} ${unit}`);
  const within = (interval: [number, number] | null | undefined): string =>
    !interval ? "" : ` (${short(interval[0])} to ${short(interval[1])})`;
  return [
    `  RMSE ${of(numbers.rmse)}${within(intervals?.rmse)}, MAE ${of(numbers.mae)}${within(intervals?.mae)}, MSE ${short(numbers.mse)}${within(intervals?.mse)}`,
    `  MAPE ${figure(numbers.mape, 1)} %${within(intervals?.mape)}, median relative error ${figure(numbers.medianRelativeError, 1)} %${within(intervals?.medianRelativeError)}${relativeNote(numbers, images)}`,
    `  R² ${figure(numbers.r2)}${within(intervals?.r2)}${numbers.isDegenerate ? " (all truths are the same: it says nothing)" : ""}, Pearson ${figure(numbers.pearson)}${within(intervals?.pearson)}${images < FEW ? ` (of fewer than ${FEW} images: it says little)` : ""}`,
    `  Bland–Altman: bias ${of(blandAltman.bias)}, limits ${of(blandAltman.low)} to ${of(blandAltman.high)}`,
  ];
}

/** What the relative errors are of, or why there are none; empty where there is nothing to tell. */
export function relativeNote(
  { zeros, relative, unit }: NonNullable<LabelEvaluation["numbers"]>,
  images: number,
): string {
  const { policy, refused, used } = relative;
  const ofZero = `${counted(zeros, "image")} whose truth is 0`;
  if (refused === "sign")
    return ": refused, for the numbers may lie below 0, and nothing is relative to such (--relative-anyway forms them)";
  if (refused === "scale")
    return `: refused, for ${unit} has no fixed zero, and nothing is relative to such numbers (--relative-anyway forms them)`;
  if (typeof policy === "object")
    return `, of ${counted(images, "image")}, divided by no less than ${short(policy.floor)}${unit === null ? "" : ` ${unit}`}`;
  if (zeros === 0) return "";
  if (policy === "strict") return `: not defined, for there ${zeros === 1 ? "is" : "are"} ${ofZero}`;
  return used === 0 ? `: every truth is 0` : `, without ${ofZero}`;
}
