/** @file What generators painted within an experiment, as a table: every training by itself, none is left out. */
import type { Estimated } from "../../src-main/metrics/index.ts";
import type { ExperimentRowOut } from "./rows.ts";

const COLUMNS = [
  "arm",
  "labelled",
  "seed",
  "pairs",
  "Dice with own mask / another's",
  "difference",
  "kernel distance",
  "Fréchet distance",
  "variety, 1 as among real images",
  "near-copies (by chance at most)",
  "nearest ratio",
];

/** Empty where nobody painted. */
export function paintingTable(
  rows: readonly Pick<ExperimentRowOut, "arm" | "labelled" | "seed" | "painting">[],
): string[] {
  const lines = rows.flatMap(({ arm, seed, labelled, painting }) => {
    if (painting === undefined) return [];
    const { agreement, kernel, frechet, nearCopies, expectedByChance, nearestRatio, diversity, pairs } = painting;
    const { own, other, difference } = agreement;
    const cells = [
      arm,
      labelled,
      seed,
      pairs,
      `${own.toFixed(3)} / ${other.toFixed(3)}`,
      withInterval(difference.mean, difference, (one) => one.toFixed(3)),
      estimate(kernel),
      estimate(frechet),
      estimate(diversity),
      `${nearCopies ?? "–"} (${expectedByChance?.toFixed(1) ?? "–"})`,
      nearestRatio.toFixed(2),
    ];
    return [`| ${cells.join(" | ")} |`];
  });
  return lines.length === 0 ? [] : ["", `| ${COLUMNS.join(" | ")} |`, `|${"---|".repeat(COLUMNS.length)}`, ...lines];
}

const withInterval = (
  value: number,
  { low, high }: { low: number; high: number },
  told: (one: number) => string,
): string => `${told(value)} (${told(low)} to ${told(high)})`;

const estimate = (one: Estimated): string =>
  one.kind === "too-few"
    ? `${one.images} of ${one.needed} images needed`
    : withInterval(one.value, one, (distance) => distance.toPrecision(2));
