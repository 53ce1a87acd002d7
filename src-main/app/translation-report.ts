/** @file The report of a translation: one HTML file with figures, and pairs from the worst to the best with their error maps. */
import type { ModelRow, TranslationEvaluation, TranslationScoreRow } from "../api/contract.ts";
import { escape, figure, page, table } from "./report-page.ts";
import { counted } from "./terminal.ts";
import { conventionText, meanText, translationFigures } from "./translation-text.ts";

export interface TranslationPicture {
  row: TranslationScoreRow;
  /** Data URL: source, translation, target and error beside each other. */
  source: string;
}

interface TranslationReport {
  evaluation: TranslationEvaluation;
  model: Pick<ModelRow, "name" | "method">;
  /** From the worst to the best. */
  pictures: readonly TranslationPicture[];
}

const splitNames = { train: "training", val: "validation", test: "test", unlabelled: "unlabelled" };

export function renderTranslationReport({ evaluation, model, pictures }: TranslationReport): string {
  const { source, target, split, images, excluded, patients, figures, rows } = evaluation;
  const title = `${source} to ${target}: ${model.name}`;
  const left = excluded === 0 ? "" : ` Left out: ${counted(excluded, "pair")} with an image of one value.`;
  const alone = patients > 1 ? "" : " Of one patient there are no intervals.";
  return page(title, {
    style: OWN_STYLE,
    lead: `NMAE on the ${splitNames[split]} split: <strong>${figure(figures.nmae.mean, 4)}</strong> (${counted(images, "slice")} of ${counted(patients, "patient")})`,
    body: `<section>
<h2>Figures</h2>
${table(
  ["Figure", "Mean (95 %)", ""],
  translationFigures.map(({ key, name, digits, unit }) => [name, meanText(figures[key], digits, unit), meanings[key]]),
)}
<p class="note">${escape(conventionText(evaluation))}${left}${alone}</p>
</section>
<section>
<h2>Pairs</h2>
<p class="note">From the worst to the best NMAE at equal steps; with an odd number the median is in the middle. Each: ${escape(source)}, its translation, the real ${escape(target)} on its pixels, and the error between the last two.</p>
<div class="scale"><span>error 0 %</span><i></i><span>100 % of the range of intensities</span></div>
${pictures.map(pictureRow).join("\n")}
</section>
<section>
<h2>All pairs</h2>
${table(
  ["Image", "Patient", ...translationFigures.map(({ name, unit }) => `${name}${unit}`)],
  rows.map((row) => [
    row.frameName,
    row.caseName,
    ...translationFigures.map(({ key, digits }) => figure(row[key], digits)),
  ]),
)}
</section>`,
  });
}

const meanings = {
  nmae: "mean absolute error in parts of the range; 0 is best",
  psnr: "peak signal-to-noise ratio; higher is better, 100 where equal",
  ssim: "structural similarity; 1 is best",
  shiftDown: "edges of the translation below those of the target; 0 is best",
  shiftAcross: "edges of the translation right of those of the target; 0 is best",
};

function pictureRow({ row, source }: TranslationPicture): string {
  const name = escape(row.frameName);
  return `<article><h3>${name} <span>${escape(row.caseName)} · NMAE ${figure(row.nmae, 4)} · PSNR ${figure(row.psnr, 2)} dB · SSIM ${figure(row.ssim)}</span></h3>
<img src="${source}" alt="Source, translation, target and error of ${name}"></article>`;
}

/** The colors of voxels/error-color.ts. */
const OWN_STYLE = `
.scale { display: flex; align-items: center; gap: 8px; font-size: 13px; color: #57606a; }
.scale i { width: 160px; height: 12px; border-radius: 2px; background: linear-gradient(90deg, #000, #f00 33.3%, #ff0 66.7%, #fff); }
article img { image-rendering: pixelated; }
`;
