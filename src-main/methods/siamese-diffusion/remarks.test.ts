import { expect, test } from "vitest";
import type { TrainingFacts } from "../training-facts.ts";
import { siameseDiffusion } from "./index.ts";
import { siameseRemarks } from "./remarks.ts";

const facts: TrainingFacts = {
  labelled: 20,
  shown: 20,
  validated: 4,
  unlabelled: 0,
  classes: [{ value: 1, name: "lesion", color: "#ff0000", frames: 20 }],
  gray: 20,
  color: 0,
  side: 64,
  volumes: { labelled: 0, validated: 0, unlabelled: 0, leftOut: 0, longest: 0 } as TrainingFacts["volumes"],
};
const remarksOn = (change: Partial<TrainingFacts>, backbone?: string): string =>
  siameseRemarks({ ...facts, ...change }, siameseDiffusion.parse({ size: 64, ...(backbone && { backbone }) }))
    .map(({ text }) => text)
    .join("\n");

test("gray images are told where color is expected: beside images in color, on a backbone that knows colors, after a model of colors", () => {
  expect(remarksOn({})).not.toMatch(/gray/);
  expect(remarksOn({ startChannels: 1 })).not.toMatch(/gray/);
  expect(remarksOn({ startChannels: 3 })).toMatch(/^All images are gray, and the model to go on from paints in color/m);
  expect(remarksOn({ gray: 0, color: 20, startChannels: 3 })).not.toMatch(/gray/);
  expect(remarksOn({ gray: 3, color: 17 })).toMatch(/gray ones count as colours without hue/);
  expect(remarksOn({}, "ed2cae7f31119c24")).toMatch(
    /^All images are gray\. The backbone learned from images in color/m,
  );
  expect(remarksOn({ gray: 0, color: 20 }, "ed2cae7f31119c24")).not.toMatch(/gray/);
});
