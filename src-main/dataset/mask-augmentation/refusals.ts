/** @file Why no masks came, in words. */
import { Problem } from "../../problem/index.ts";
import type { MaskDraw } from "./augment-mask.ts";
import {
  countRejections,
  type Implausibility,
  type PlausibilityRules,
  PLAUSIBLE,
  type Rejections,
} from "./plausibility.ts";

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const said: Record<Implausibility, (rules: PlausibilityRules) => string> = {
  empty: () => "showed nothing",
  "class-lost": () => "lost a class",
  shrunk: ({ smallestArea }) => `kept less than ${percent(smallestArea)} of a class`,
  "left-frame": ({ mostOutside }) => `had more than ${percent(mostOutside)} outside the image`,
  "touches-every-border": () => "reached all four borders",
  "components-changed": () => "changed the number of parts",
};

/** The trouble to tell when none of the masks gave a new one. The counts say which rule spoke how often. */
export function refusedMasks(
  refusals: readonly Extract<MaskDraw, { outcome: "refused" }>[],
  rules: PlausibilityRules = PLAUSIBLE,
): Problem {
  const empty = refusals.filter(({ reason }) => reason === "parent-empty").length;
  const total: Rejections = {};
  for (const { rejections } of refusals) countRejections(total, rejections);
  const reasons = (Object.entries(total) as [Implausibility, number][])
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${said[reason](rules)}`);
  const parts = [
    ...(empty > 0 ? [`Masks without any annotated pixel: ${empty}.`] : []),
    ...(reasons.length > 0 ? [`Of the drawn masks ${reasons.join(", ")}.`] : []),
  ];
  return new Problem({
    code: "not-enough-data",
    title: "No new masks could be made from the annotated ones.",
    detail: parts.join(" "),
    hint: "Annotate images that show the structure whole, narrow the ranges of movement, or allow mirroring.",
  });
}
