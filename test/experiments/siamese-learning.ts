/**
 * @file `node test/experiments/siamese-learning.ts --seed N --keep FOLDER [--at-most SECONDS] [--set KEY=VALUE]… [--sheet PNG]`: does Siamese-Diffusion learn? Checks
 * T17 to T23 of its specification on one training with lesions made by numbers. Figures are written to FOLDER/checks.json;
 * exit code 1 where a check fails, 75 where the training was left to go on another time. Results: docs/experiments/siamese-diffusion.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machineName } from "../bench/rows.ts";
import {
  align,
  distances,
  imageAdvantage,
  noisePictures,
  type Painting,
  paintFor,
  planesOf,
  priorFall,
  realPlanes,
  spreadRatio,
  withoutControl,
} from "./learning-checks.ts";
import { lesionSets, trainOnLesions } from "./lesion-training.ts";
import { judgeDice, trainJudge } from "./painting-quality.ts";
import { drawSheet } from "./picture-sheet.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "11" },
    keep: { type: "string" },
    "at-most": { type: "string", default: "Infinity" },
    set: { type: "string", multiple: true, default: [] },
    sheet: { type: "string" },
  },
});
const seed = Number(values.seed);
const change = Object.fromEntries(
  values.set.map((text) => {
    const [key = "", value = ""] = text.split("=");
    const number = Number(value);
    return [key, value === "true" ? true : value === "false" ? false : Number.isFinite(number) ? number : value];
  }),
);
const sets = lesionSets(seed);
const training = await trainOnLesions(sets, { seed, change, folder: values.keep, atMost: Number(values["at-most"]) });
if (training === null) process.exit(75);
const { weights } = training;

/** Masks that no network has seen, and pictures painted for them. */
const masks = sets.fresh.slice(0, 64);
const usual = { solver: "ddim", samplingSteps: 20 } as const;
const guided = (guidance: number) => ({ ...usual, guidance });
const painted = {
  one: await paintFor(weights, sets, masks, { settings: guided(1) }),
  two: await paintFor(weights, sets, masks, { settings: guided(2) }),
  muted: await paintFor(withoutControl(weights), sets, masks, { settings: guided(1) }),
};
/** The noise of the first picture, for the mask of another. */
const [blind] = await paintFor(withoutControl(weights), sets, [masks[1]!], { settings: guided(1) });
const begun = await trainOnLesions(sets, { seed, change: { ...change, stages: "joint", steps: 1 } });
const untrained = await paintFor(begun!.weights, sets, masks, { settings: guided(1) });
const ofOneMask = await paintFor(weights, sets, Array(16).fill(masks[0]), { settings: guided(1) });
const again = await paintFor(weights, sets, [masks[0]!], { settings: guided(1) });

const judge = await trainJudge(sets.study, sets.judged, { seed });
const checks = {
  judge: await judgeDice(judge, sets.study, sets.fresh),
  prior: priorFall(training),
  branches: await imageAdvantage(weights, sets, sets.validated),
  alignment: {
    one: await align(judge, painted.one, sets),
    two: await align(judge, painted.two, sets),
    muted: await align(judge, painted.muted, sets),
  },
  distances: await distances(sets, sets.fresh, {
    real: await Promise.all(sets.learned.slice(0, 64).map((id) => realPlanes(sets.study, id))),
    trained: planesOf(painted.one),
    untrained: planesOf(untrained),
    noise: noisePictures(64, 3 * 32 * 32),
  }),
  spread: spreadRatio(
    planesOf(ofOneMask),
    await Promise.all(sets.fresh.slice(0, 16).map((id) => realPlanes(sets.study, id))),
  ),
  isBlind: isSame(blind!, painted.muted[0]!),
  isRepeatable: isSame(again[0]!, ofOneMask[0]!),
};
await judge.release();

const { alignment, branches, prior } = checks;
const compared = ["real", "trained", "untrained", "noise"].map((name) => ({ name, ...checks.distances[name]! }));
/** Of a mean, by its interval of 95 %. */
const deviation = ({ low, high }: { low: number; high: number }) => (high - low) / (2 * 1.96);
/** Both distances grow from set to set, the kernel's by more than two standard deviations. */
const isInOrder = compared.slice(1).every(({ kernel, frechet }, at) => {
  const nearer = compared[at]!;
  const spread = Math.hypot(deviation(kernel), deviation(nearer.kernel));
  return frechet > nearer.frechet && kernel.mean - nearer.kernel.mean > 2 * spread;
});
/** Thresholds of the specification but for T20: docs/experiments/siamese-diffusion.md. */
const outcomes: [string, string, boolean][] = [
  [
    "T17 prior",
    `error ${prior["loss"]!.first.toFixed(3)} → ${prior["loss"]!.last.toFixed(3)}`,
    prior["loss"]!.last < 0.55 && Object.values(prior).every(({ first, last }) => last < first),
  ],
  [
    "T18 image's branch",
    `mask ${branches.mask.toFixed(3)}, image ${branches.image.toFixed(3)} (${branches.draws} draws)`,
    branches.difference.low > 0,
  ],
  [
    "T19 alignment, guidance 1",
    told(alignment.one),
    alignment.one.difference.mean > 0.04 && alignment.one.difference.low > 0,
  ],
  [
    "T19 alignment, guidance 2",
    told(alignment.two),
    alignment.two.difference.mean > 0.08 && alignment.two.difference.low > 0,
  ],
  [
    "T20 control muted",
    `${told(alignment.muted)}; ${checks.isBlind ? "no" : "some"} difference between masks`,
    checks.isBlind && alignment.muted.difference.low <= 0 && alignment.muted.difference.high >= 0,
  ],
  [
    "T21 guidance",
    `${(alignment.two.difference.mean - alignment.one.difference.mean).toFixed(3)}`,
    alignment.two.difference.mean >= alignment.one.difference.mean - 0.02,
  ],
  [
    "T22 kernel and Fréchet distance",
    compared
      .map(({ name, kernel, frechet }) => {
        const around = `${kernel.mean.toPrecision(2)} (± ${deviation(kernel).toPrecision(1)})`;
        return `${name} ${around}, ${frechet.toPrecision(2)}`;
      })
      .join("; "),
    isInOrder,
  ],
  ["T23 spread", `${checks.spread.toFixed(2)}`, checks.spread >= 0.3 && checks.isRepeatable],
];
console.log(`${machineName()}, Node ${process.version}, seed ${seed}, judge ${checks.judge.toFixed(3)}`);
for (const [name, figures, isPassed] of outcomes)
  console.log(`| ${name} | ${figures} | ${isPassed ? "passed" : "FAILED"} |`);
if (values.keep !== undefined) writeFileSync(join(values.keep, "checks.json"), JSON.stringify(checks, null, 1));
if (values.sheet !== undefined) {
  const real = await Promise.all(masks.slice(0, 12).map((id) => realPlanes(sets.study, id)));
  const rows = [painted.one, painted.two].map((row) => row.slice(0, 12));
  await drawSheet(values.sheet, { masks: rows[0]!.map(({ labels }) => labels), rows: [real, ...rows.map(planesOf)] });
}
process.exitCode = outcomes.every(([, , isPassed]) => isPassed) ? 0 : 1;

/** But for rounding, which hangs on what is painted beside it. */
function isSame(one: Painting, other: Painting): boolean {
  return one.square.image.every((value, at) => Math.abs(value - other.square.image[at]!) < 1e-5);
}

function told({ own, other, difference: { mean, low, high } }: typeof alignment.one): string {
  return `${own.toFixed(3)} / ${other.toFixed(3)}, difference ${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
