import { expect, test } from "vitest";
import { siameseDiffusion } from "./index.ts";
import { pacing } from "./pacing.ts";

const parse = (given: Record<string, string | number | boolean>) => siameseDiffusion.parse(given);

test("where the time is short, images and network get small; on a backbone the network alone, whose images have one size", () => {
  const own = parse({ size: 64, denoiser: "S", stages: "two" });
  expect(pacing.stages(own)).toEqual(["priorSteps", "steps"]);
  expect(pacing.smaller!(own)).toMatchObject({ size: 32, denoiser: "XS" });
  expect(pacing.smaller!(parse({ ...own, ...pacing.smaller!(own) }))).toBeNull();
  const based = parse({ size: 512, denoiser: "S", stages: "two", backbone: "ed2cae7f31119c24" });
  expect(pacing.stages(based)).toEqual(["steps"]);
  expect(pacing.smaller!(based)).toEqual({ denoiser: "XS", learningRate: 0.002, emaDecay: 0.99 });
  expect(pacing.smaller!(parse({ ...based, denoiser: "XS" }))).toBeNull();
});
