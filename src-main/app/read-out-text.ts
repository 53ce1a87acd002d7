/** @file What commands list of proposals of grades and numbers: all that the samples of an image tell. */
import type { LabelReadOut } from "../api/contract.ts";
import { counted } from "./terminal.ts";

const figure = (value: number, digits = 2): string => value.toFixed(digits);
const short = (value: number): string => String(Number(value.toPrecision(4)));

const FLAGS: Record<LabelReadOut["flags"][number], string> = {
  threshold: "on both sides of a threshold",
  split: "samples disagree",
  looks: "looks disagree",
  guess: "diffusion disagrees with its guess",
  patient: "images of the patient disagree",
};

/** What the spread is, and what it is not. */
export const SPREAD_CAVEAT =
  "Samples differ by what the model draws at random: their spread, and the t-test between the two likeliest classes, tell how settled the model is, not how often it is right, nor what other training images would have taught it.";

export function readOutLines(readOuts: readonly LabelReadOut[]): string[] {
  return [...readOuts.flatMap((one) => [headOf(one), ...(one.kind === "number" ? numberLines(one) : classLines(one))])];
}

function headOf({ fileName, caseName, label, value, unit, probability, state, samples, flags, decided }: LabelReadOut) {
  const said = `${typeof value === "number" ? short(value) : value}${unit === null ? "" : ` ${unit}`}`;
  const sure = probability === null ? "" : `, probability ${figure(probability)}`;
  const became = decided?.value ?? null;
  const decision =
    state === "pending" ? "" : `; ${state}${state === "changed" && became !== null ? ` to ${became}` : ""}`;
  const flagged = flags.length === 0 ? "" : `; flagged: ${flags.map((flag) => FLAGS[flag]).join(", ")}`;
  return `${fileName} (${caseName}): ${label} ${said}${sure}, ${counted(samples, "sample")}${flagged}${decision}`;
}

function numberLines({ answer, unit, samples }: LabelReadOut): string[] {
  if (answer.interval === null || samples < 2) return [];
  const of = unit === null ? "" : ` ${unit}`;
  const [low, high] = answer.interval;
  return [`    deviation ${short(answer.uncertainty)}${of}, 95 % of samples ${short(low)} to ${short(high)}${of}`];
}

function classLines({ answer, options, thresholds, samples }: LabelReadOut): string[] {
  const { spread = null, atLeast = null, median = null, expected, likely, margin = null } = answer;
  const width = Math.max(...options.map(({ length }) => length));
  const rows = options.map((option, at) => {
    const votes = `${Math.round((answer.votes[at] ?? 0) * samples)} of ${samples}`;
    const own =
      spread === null
        ? ""
        : `, mean ${figure(spread.means[at]!)} (${figure(spread.low[at]!)} to ${figure(spread.high[at]!)}), sd ${figure(spread.deviations[at]!, 3)}`;
    const higher = atLeast === null ? "" : `, this or higher ${figure(atLeast[at]!)}`;
    return `    ${option.padEnd(width)}  probability ${figure(answer.probabilities[at]!)}, ${votes}${own}${higher}`;
  });
  const name = (place: number): string => options[place]!;
  const [first, last] = likely ?? [0, 0];
  const grades =
    likely === null || expected === null
      ? []
      : [
          `    expected grade ${figure(expected)} (the lowest is 0)${median === null ? "" : `, median ${name(median)}`}, 90 % of the probability ${first === last ? `at ${name(first)}` : `from ${name(first)} to ${name(last)}`}`,
        ];
  // The label may have thresholds that the model never learned.
  const from = thresholds.filter((threshold) => atLeast !== null && options.includes(threshold));
  return [
    ...rows,
    ...grades,
    ...from.map((threshold) => `    ${threshold} or higher: ${figure(atLeast![options.indexOf(threshold)]!)}`),
    ...(margin === null ? [] : [`    margin ${figure(margin)}${spread === null ? "" : testText(spread, name)}`]),
  ];
}

function testText({ entropy, test }: NonNullable<LabelReadOut["answer"]["spread"]>, name: (at: number) => string) {
  const statistic = test.t === null ? "the same difference throughout" : `t = ${figure(test.t)}`;
  const p = test.p < 0.001 ? "p < 0.001" : `p = ${figure(test.p, 3)}`;
  return `, entropy of votes ${figure(entropy)}; ${name(test.first)} against ${name(test.second)}: ${statistic}, ${p}, ${test.isApart ? "apart" : "not apart"}`;
}
