/** @file A slice by a trained translation: its generator, with the weights written in. */
import { NETWORKS } from "../../../src-main/methods/translation/networks.ts";
import { translationProgram } from "../../../src-main/methods/translation/programs.ts";
import { type Tier, tieredWorkload } from "./translation-tier.ts";
import { countParameters, normals, type Workload } from "./workload.ts";

/** The other networks take no part. */
const tierOf = (side: number, width: number, blocks: number): Tier => ({
  batch: 1,
  side,
  generator: { width, blocks },
  discriminator: { width: 4, halvings: 2 },
  down: [4, 4],
  middle: 1,
});

function translation(name: string, tier: Tier, stepsPerRound: number): Workload {
  const { side, generator } = tier;
  return tieredWorkload({
    name,
    title: `translation of one slice, 1×1×${side}×${side}, generator of width ${generator.width} with ${generator.blocks} blocks`,
    stepsPerRound,
    tier,
    tiny: tierOf(16, 2, 1),
    file: "torch_translation.py",
    async open(store, shape, chosen) {
      const program = translationProgram(shape, 1);
      const translate = await store.compile(program, { frozen: true });
      const source = normals("source", [1, 1, chosen.side, chosen.side]).map(Math.tanh);
      return {
        parameters: countParameters(program, [NETWORKS.forward]),
        step: async () => {
          const { image } = await translate.run({ source });
          return { first: Number(image!.data[0]) };
        },
      };
    },
  });
}

export const translations: readonly Workload[] = [
  translation("translation-small", tierOf(256, 16, 3), 8),
  translation("translation-full", tierOf(256, 64, 9), 2),
];
