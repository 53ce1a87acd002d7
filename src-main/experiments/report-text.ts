/** @file The report of an experiment as text for a terminal and for Markdown. */
import type { ExperimentComparison, ExperimentReport } from "../api/contract.ts";

const points = (share: number): string => (100 * Math.abs(share)).toFixed(1);
const signedPoints = (share: number): string => `${share < 0 ? "−" : "+"}${points(share)}`;
const bound = (share: number): string => `${share < 0 ? "−" : ""}${points(share)}`;
const counted = { images: (count: number) => (count === 1 ? "image" : "images"), series: () => "series" };

const figureNames = { dice: "Dice", balancedAccuracy: "balanced accuracy" } as const;

/** "BCP added 6.1 points of Dice (95 % interval 3.9 to 8.4) over supervised training with 10 labelled images." */
export function comparisonSentence({
  title,
  referenceTitle,
  labelled,
  unit,
  outcome,
  gain,
  low,
  high,
  confidence,
  verdict,
}: ExperimentComparison): string {
  const interval = (a: number, b: number): string =>
    `(${Math.round(100 * confidence)} % interval ${bound(a)} to ${bound(b)})`;
  const data = `${labelled} labelled ${counted[unit](labelled)}`;
  const subject = title.charAt(0).toUpperCase() + title.slice(1);
  switch (verdict) {
    case "gain":
      return `${subject} added ${points(gain)} points of ${figureNames[outcome]} ${interval(low, high)} over ${referenceTitle} with ${data}.`;
    case "loss":
      return `${subject} lost ${points(gain)} points of ${figureNames[outcome]} ${interval(-high, -low)} against ${referenceTitle} with ${data}.`;
    case "none":
      return `No measurable gain of ${title} over ${referenceTitle} with ${data}: ${signedPoints(gain)} points of ${figureNames[outcome]} ${interval(low, high)}.`;
  }
}

/** What tempers a comparison: sentences. */
export function comparisonCautions({ seeds, patients, positiveSeeds }: ExperimentComparison): string[] {
  const cautions = [];
  if (seeds.length === 1) cautions.push("One seed: the interval says nothing of another split or start.");
  else if (seeds.length < 5) cautions.push(`${seeds.length} seeds: the interval is somewhat too narrow.`);
  if (patients < 10) cautions.push(`${patients} test patients: other patients may tell otherwise.`);
  return [`Above 0 in ${positiveSeeds} of ${seeds.length} seeds.`, ...cautions];
}

const headings = { dice: "mean", balancedAccuracy: "balanced accuracy" } as const;

/** A Markdown table: every arm and number of labels, every seed. */
export function reportTable({ results, outcome }: ExperimentReport): string[] {
  const seeds = results[0]?.seeds.map(({ seed }) => seed) ?? [];
  const figure = (value: number | null): string => (value === null ? "–" : value.toFixed(3));
  return [
    `| labelled | arm | ${seeds.map((seed) => `seed ${seed}`).join(" | ")} | ${headings[outcome]} (interval) |`,
    `|---|---|${seeds.map(() => "---|").join("")}---|`,
    ...results.map(
      ({ labelled, title, seeds: own, mean, low, high }) =>
        `| ${labelled} | ${title} | ${own.map(({ score }) => figure(score)).join(" | ")} | ` +
        `${figure(mean)}${mean === null ? "" : ` (${figure(low)} to ${figure(high)})`} |`,
    ),
  ];
}

/** Table, then a sentence for each comparison. */
export function reportLines(report: ExperimentReport): string[] {
  return [
    ...reportTable(report),
    "",
    ...report.comparisons.map((one) => [comparisonSentence(one), ...comparisonCautions(one)].join(" ")),
  ];
}
