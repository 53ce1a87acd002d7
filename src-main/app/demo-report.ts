/**
 * @file The demo's report: one HTML file that needs nothing else, with curves, pictures and figures.
 */
import type {
  EvaluationRow,
  EvaluationSummary,
  MetricPoint,
  ModelRow,
  ProjectSummary,
  ProposalRow,
  RunDetail,
} from "../api/contract.ts";
import type { FramePictures } from "./pictures.ts";
import { type Cell, escape, figure, page, table } from "./report-page.ts";
import { durationText } from "./terminal.ts";

export interface PicturedFrame extends FramePictures {
  frameName: string;
  caseName: string;
  dice: number;
}

export interface DemoReport {
  title: string;
  counts: ProjectSummary["counts"];
  training: RunDetail;
  model: ModelRow;
  evaluation: EvaluationSummary;
  proposals: ProposalRow[];
  pictures: PicturedFrame[];
  seconds: number;
  machine: Record<string, string>;
  /** LICENSE.md of the images. */
  licence: string;
}

export function renderDemoReport(report: DemoReport): string {
  const { title, counts, training, model, evaluation, proposals, pictures, seconds, machine, licence } = report;
  const { bySplit } = counts;
  const mean = evaluation.mean[0];
  const validation = training.metrics.filter(({ name }) => /^val/i.test(name));
  const losses = training.metrics.filter(({ name }) => !/^val/i.test(name));
  const steps = `${training.steps} steps, ${training.secondsPerStep?.toFixed(3) ?? "–"} s a step`;
  return page(title, {
    lead: `Mean Dice on the test split: <strong>${figure(mean?.dice ?? null)}</strong>
(${evaluation.frames} images of ${evaluation.cases} cases; no image of them was used for training or for choosing the model)`,
    body: `<section>
<h2>Data</h2>
${table(
  ["Split", "Cases", "Images", "With mask", "Used for"],
  (["train", "val", "test", "unlabelled"] as const).map((split) => [
    split,
    bySplit[split].cases,
    bySplit[split].frames,
    bySplit[split].annotated,
    purposes[split],
  ]),
)}
<p>${proposals.length} proposals for unlabelled images wait for review in the project. A proposal becomes a mask only when a person accepts it.</p>
</section>
<section>
<h2>Test figures</h2>
${table(
  ["Class", "Dice", "IoU", "HD95"],
  evaluation.mean.map(({ className, dice, iou, hd95, hd95Unit }) => [
    className,
    figure(dice),
    figure(iou),
    `${figure(hd95, 1)} ${hd95Unit}`,
  ]),
)}
</section>
<section>
<h2>Pictures</h2>
<p>Test images from the lowest to the highest Dice, at equal steps.</p>
<div class="pictures">
${pictures.map(pictureRow).join("\n")}
</div>
</section>
<section>
<h2>Training</h2>
<div class="charts">
${chart("Loss", losses)}
${chart("Validation", validation, 1)}
</div>
${table(
  ["Setting", "Value"],
  [
    ["Method", training.method],
    ["Seed", training.seed],
    ["Device", training.device],
    ["Length", steps],
    ["Chosen checkpoint", `step ${model.step}, validation Dice ${figure(model.validationDice)}`],
    ...Object.entries(training.settings).map(([key, value]): Cell[] => [key, String(value)]),
  ],
)}
</section>
<section>
<h2>Machine</h2>
${table(["Part", ""], [...Object.entries(machine), ["Whole demo", durationText(seconds)], ["Date", new Date().toISOString().slice(0, 10)]])}
</section>
<section>
<h2>Images: licence and source</h2>
<pre>${escape(withoutMarks(licence))}</pre>
</section>
<section>
<h2>Figures by case</h2>
${table(["Case", "Images", "Dice", "IoU", "HD95"], caseRows(evaluation.rows))}
<p class="note">Means over images. A figure that is not defined for an image (structure neither drawn nor proposed) is left out of its mean.</p>
</section>`,
  });
}

const purposes = {
  train: "training",
  val: "choosing the checkpoint",
  test: "the figures below, nothing else",
  unlabelled: "proposals",
};

function caseRows(rows: EvaluationRow[]): Cell[][] {
  const byCase = Map.groupBy(rows, ({ caseName }) => caseName);
  return [...byCase]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([caseName, own]) => [
      caseName,
      new Set(own.map(({ frameId }) => frameId)).size,
      figure(meanOf(own.map(({ dice }) => dice))),
      figure(meanOf(own.map(({ iou }) => iou))),
      `${figure(meanOf(own.map(({ hd95 }) => hd95)), 1)} ${own[0]?.hd95Unit ?? ""}`,
    ]);
}

/** Mean of the defined values; null when there is none. */
function meanOf(values: (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

function pictureRow({ frameName, caseName, dice, image, truth, prediction }: PicturedFrame): string {
  const one = (source: string, caption: string) =>
    `<figure><img src="${source}" alt="${escape(`${caption} of ${frameName}`)}"><figcaption>${caption}</figcaption></figure>`;
  return `<article><h3>${escape(frameName)} <span>case ${escape(caseName)} · Dice ${figure(dice)}</span></h3>
<div class="row">${one(image, "image")}${one(truth, "ground truth")}${one(prediction, "prediction")}</div></article>`;
}

const WIDTH = 460;
const HEIGHT = 240;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 28 };
const strokes = ["#1769aa", "#b3261e", "#2e7d32", "#8e5a00", "#6a3fa0", "#006d77"];

/** Curves over steps as inline SVG; from zero to `limit`, by default the largest value. */
function chart(title: string, points: MetricPoint[], limit?: number): string {
  const drawn = points.filter(({ value }) => Number.isFinite(value));
  if (drawn.length === 0) return "";
  const lastStep = Math.max(...drawn.map(({ step }) => step), 1);
  const top = limit ?? Math.max(...drawn.map(({ value }) => value), 1e-6);
  const x = (step: number) => MARGIN.left + (step / lastStep) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - (Math.max(value, 0) / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/><text x="${MARGIN.left - 6}" y="${at}" dy="4" text-anchor="end">${(share * top).toPrecision(2)}</text>`;
  });
  const curves = [...Map.groupBy(drawn, ({ name }) => name)].map(([name, own], index) => ({
    name,
    stroke: strokes[index % strokes.length]!,
    path: own
      .map(
        ({ step, value }, at) =>
          `${at === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(value).toFixed(1)}${own.length === 1 ? "h0.01" : ""}`,
      )
      .join(""),
  }));
  const legend = curves.map(({ name, stroke }) => `<span><i style="background:${stroke}"></i>${escape(name)}</span>`);
  return `<figure class="chart"><figcaption>${title} <span class="legend">${legend.join("")}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title} over steps"><g class="grid">${grid.join("")}</g>
<text x="${WIDTH - MARGIN.right}" y="${HEIGHT - 8}" text-anchor="end">step ${lastStep}</text><text x="${MARGIN.left}" y="${HEIGHT - 8}">0</text>
${curves.map(({ stroke, path }) => `<path d="${path}" stroke="${stroke}"/>`).join("")}</svg></figure>`;
}

/** Markdown read as plain text: headings, emphasis and code lose their marks. */
function withoutMarks(markdown: string): string {
  return markdown
    .replace(/^#+ .*\n+/gm, "")
    .replace(/[*`]/g, "")
    .trim();
}
