/** @file The report of a model of grades or numbers: one HTML file with its figures, what was taken for what, and every image that judged it. */
import type { LabelEvaluation, ModelRow, Share } from "../api/contract.ts";
import { relativeNote } from "./grading-text.ts";
import { type Cell, escape, figure, page, table } from "./report-page.ts";
import { counted } from "./terminal.ts";

interface LabelReport {
  evaluations: readonly LabelEvaluation[];
  model: Pick<ModelRow, "name" | "method">;
}

type Numbers = NonNullable<LabelEvaluation["numbers"]>;
type Classes = NonNullable<LabelEvaluation["classes"]>;
type Rows = LabelEvaluation["rows"];
type Range = readonly [number, number] | null | undefined;

const splitNames = { train: "training", val: "validation", test: "test", unlabelled: "unlabelled" };

export function renderLabelReport({ evaluations, model }: LabelReport): string {
  const title = `${evaluations.map(({ label }) => label.name).join(", ")}: ${model.name}`;
  return page(title, {
    style: OWN_STYLE,
    lead: `Method ${escape(model.method)}. Intervals hold 95 %: of shares by counting patients, of other figures by 1000 draws of patients with all their images.`,
    body: evaluations.map(sections).join("\n"),
  });
}

function sections({ label, split, images, excluded, patients, classes, numbers, rows }: LabelEvaluation): string {
  const left = excluded === 0 ? "" : ` Left out: ${counted(excluded, "image")} of which it said no finite number.`;
  const alone = patients > 1 ? "" : " Of one patient there are no intervals by resampling.";
  return `<section><h2>${escape(label.name)} on the ${splitNames[split]} split</h2>
<p class="note">${counted(images, "image")} of ${counted(patients, "patient")}.${left}${alone}</p>
${classes === null ? "" : classTables(classes)}${numbers === null ? "" : numberTables(numbers, rows)}</section>
<section><h2>All images</h2>
${imageTable(rows, classes)}</section>`;
}

function classTables(classes: Classes): string {
  const { options, accuracy, majority, perClass, matrix, bins, unknown } = classes;
  const figures: Cell[][] = [
    ["Accuracy", shareText(accuracy)],
    [`Accuracy of always saying ${majority.option}`, figure(majority.share)],
    ["Balanced accuracy", figure(classes.balancedAccuracy)],
    ["Macro F1", figure(classes.macroF1)],
    ["AUC, one against the rest", figure(classes.auc)],
    ["Quadratic kappa", figure(classes.quadraticKappa)],
    ["MAE of grades", figure(classes.gradeError)],
    ["Expected calibration error", figure(classes.ece)],
  ];
  return [
    table(["Figure", "Value (95 %)"], figures),
    ...unknown.map(
      ({ option, images }) =>
        `<p class="note">${counted(images, "image")} of ${escape(option)}, which the model never learned: counted as wrong.</p>`,
    ),
    "<h3>By class</h3>",
    table(
      ["Class", "Images", "Sensitivity (95 %)", "Specificity (95 %)", "Precision", "F1", "AUC"],
      perClass.map((one) => [
        ...[one.option, one.images, shareText(one.sensitivity), shareText(one.specificity)],
        ...[figure(one.precision), figure(one.f1), figure(one.auc)],
      ]),
    ),
    ...(classes.thresholds.length === 0 ? [] : ["<h3>At thresholds</h3>", thresholdTable(classes)]),
    "<h3>Confusion matrix <span>truth in rows, answers in columns</span></h3>",
    table(
      ["", ...options],
      matrix.map((counts, at) => [options[at]!, ...counts]),
    ),
    "<h3>Reliability <span>how often answers of so much probability were right</span></h3>",
    table(
      ["Probability", "Images", "Said", "Right"],
      bins
        .filter(({ count }) => count > 0)
        .map(({ low, high, count, confidence, accuracy: right }) => [
          `${low.toFixed(1)} to ${high.toFixed(1)}`,
          ...[count, figure(confidence, 2), figure(right, 2)],
        ]),
    ),
  ].join("\n");
}

function thresholdTable({ thresholds }: Classes): string {
  return table(
    ["Threshold", "Images", "Sensitivity (95 %)", "Specificity (95 %)", "AUC"],
    thresholds.map(({ option, images, of, sensitivity, specificity, auc }) => [
      ...[`${option} or higher`, `${images} of ${of}`, shareText(sensitivity), shareText(specificity), figure(auc)],
    ]),
  );
}

function numberTables(numbers: Numbers, rows: Rows): string {
  const { unit, intervals, blandAltman } = numbers;
  const of = unit === null ? "" : ` ${unit}`;
  const value = (number: number | null, suffix = of, within: Range = null): string =>
    number === null ? "–" : `${short(number)}${suffix}${rangeText(within)}`;
  const squared = unit === null ? "" : ` ${unit}²`;
  const note = relativeNote(numbers, rows.length).replace(/^[:,] /, "");
  const { bias, low, high } = blandAltman;
  return [
    table(
      ["Figure", "Value (95 %)"],
      [
        ["MSE", value(numbers.mse, squared, intervals?.mse)],
        ["RMSE", value(numbers.rmse, of, intervals?.rmse)],
        ["MAE", value(numbers.mae, of, intervals?.mae)],
        ["MAPE", value(numbers.mape, " %", intervals?.mape)],
        ["Median relative error", value(numbers.medianRelativeError, " %", intervals?.medianRelativeError)],
        ["R²", `${value(numbers.r2, "", intervals?.r2)}${numbers.isDegenerate ? " – all truths are the same" : ""}`],
        ["Pearson correlation", value(numbers.pearson, "", intervals?.pearson)],
        ["Bland–Altman: bias", value(bias)],
        ["Bland–Altman: limits", `${value(low)} to ${value(high)}`],
      ],
    ),
    ...(note === "" ? [] : [`<p class="note">Relative errors: ${escape(note)}.</p>`]),
    ...(rows.length < 10 ? [`<p class="note">Fewer than 10 images: the correlation says little.</p>`] : []),
    `<div class="charts">${plot({
      title: "Model over person",
      points: rows.map(({ truth, answer }) => [Number(truth), answer.value]),
      isSquare: true,
      lines: [],
    })}${plot({
      title: "Bland–Altman: difference over mean",
      points: blandAltman.points.map(({ mean, difference }) => [mean, difference]),
      isSquare: false,
      lines: [low, bias, high],
    })}</div>`,
  ].join("\n");
}

function imageTable(rows: Rows, classes: Classes | null): string {
  const name = ({ value }: Rows[number]["answer"]): string =>
    classes === null ? short(value) : (classes.options[value] ?? "–");
  return table(
    ["Image", "Patient", "Truth", "Model", classes === null ? "Difference" : "Probability"],
    rows.map(({ fileName, caseName, truth, answer }) => [
      ...[fileName, caseName, truth, name(answer)],
      classes === null ? short(answer.value - Number(truth)) : figure(answer.probability),
    ]),
  );
}

interface Plot {
  title: string;
  points: readonly (readonly [number, number])[];
  /** Both sides have one scale, and a line where they are the same. */
  isSquare: boolean;
  /** Values of the upright side. */
  lines: readonly number[];
}

function plot({ title, points, isSquare, lines }: Plot): string {
  const [width, height] = [isSquare ? 220 : 420, 220];
  const all = points.flat();
  const across = rangeOf(isSquare ? all : points.map(([x]) => x));
  const up = isSquare ? across : rangeOf([0, ...lines, ...points.map(([, y]) => y)]);
  const x = (value: number): string => ((width * (value - across[0])) / (across[1] - across[0])).toFixed(1);
  const y = (value: number): string => (height * (1 - (value - up[0]) / (up[1] - up[0]))).toFixed(1);
  const ends = across.map(
    (end, at) =>
      `<text x="${at * width}" y="${height + 15}" text-anchor="${at === 0 ? "start" : "end"}">${short(end)}</text>`,
  );
  const levels = lines.map(
    (level) =>
      `<line x1="0" x2="${width}" y1="${y(level)}" y2="${y(level)}" stroke="#bf8700" stroke-dasharray="5 4"/><text x="${width + 4}" y="${y(level)}">${short(level)}</text>`,
  );
  const same = isSquare ? `<line x1="0" y1="${height}" x2="${width}" y2="0" stroke="#0969da"/>` : "";
  const dots = points.map(
    ([own, said]) => `<circle cx="${x(own)}" cy="${y(said)}" r="3" fill="#0969da" fill-opacity="0.7"/>`,
  );
  return `<figure class="chart"><figcaption>${escape(title)}</figcaption><svg viewBox="-10 -10 ${width + 70} ${height + 30}" role="img" aria-label="${escape(title)}"><rect width="${width}" height="${height}" fill="none" stroke="#d8dee4"/>${same}${levels.join("")}${dots.join("")}${ends.join("")}</svg></figure>`;
}

function rangeOf(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return [least - room, most + room];
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
const rangeText = (range: Range): string => (range ? ` (${short(range[0])} to ${short(range[1])})` : "");
const shareText = (share: Share | null): string =>
  share === null ? "–" : `${figure(share.value)} (${figure(share.low)} to ${figure(share.high)})`;

const OWN_STYLE = `
.chart svg { width: 100%; max-width: 520px; }
`;
