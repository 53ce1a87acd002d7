/** @file One iteration of RegGAN (NC+R): generator and registration learn, then the discriminator from what the generator that just learned makes. */
import { LOSS_WEIGHTS } from "../../../src-main/methods/translation/modes.ts";
import { NETWORKS } from "../../../src-main/methods/translation/networks.ts";
import { generatorStep, type ProgramOptions } from "../../../src-main/methods/translation/programs.ts";
import { openUpdates } from "../../../src-main/methods/translation/updates.ts";
import { type Tier, tieredWorkload } from "./translation-tier.ts";
import { countParameters, normals, type Workload } from "./workload.ts";

/** Specification, section 15: small, and full width at half the paper's side. */
const small: Tier = {
  batch: 4,
  side: 64,
  generator: { width: 16, blocks: 3 },
  discriminator: { width: 16, halvings: 2 },
  down: [16, 32, 32, 32],
  middle: 1,
};
const full: Tier = {
  batch: 1,
  side: 128,
  generator: { width: 64, blocks: 9 },
  discriminator: { width: 64, halvings: 3 },
  down: [32, 64, 64, 64, 64, 64],
  middle: 3,
};
const tiny: Tier = {
  batch: 1,
  side: 16,
  generator: { width: 2, blocks: 1 },
  discriminator: { width: 2, halvings: 1 },
  down: [2, 4],
  middle: 1,
};

function reggan(name: string, tier: Tier, stepsPerRound: number): Workload {
  const { batch, side } = tier;
  return tieredWorkload({
    name,
    title: `RegGAN iteration, ${name === "reggan-small" ? "tier small" : "full width"}, ${batch}×1×${side}×${side}, Adam`,
    stepsPerRound,
    tier,
    tiny,
    file: "torch_reggan_step.py",
    async open(store, shape, chosen) {
      const options: ProgramOptions = { mode: "reggan", shape, weights: LOSS_WEIGHTS, batchSize: chosen.batch };
      const updates = await openUpdates((program) => store.compile(program), options, { seed: 1 });
      const image = (of: string) => normals(of, [chosen.batch, 1, chosen.side, chosen.side]).map(Math.tanh);
      const pair = { source: image("source"), target: image("target") };
      const networks = [NETWORKS.forward, NETWORKS.registration, NETWORKS.targetJudge];
      let drawn = 0;
      return {
        parameters: countParameters(generatorStep(options), networks),
        step: () => updates.step(pair, drawn++, 1e-4),
      };
    },
  });
}

export const regganSteps: readonly Workload[] = [reggan("reggan-small", small, 8), reggan("reggan-full", full, 2)];
