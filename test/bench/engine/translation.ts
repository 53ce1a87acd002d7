/** @file A slice by a trained translation: its generator, with the weights written in. */
import { ParameterStore } from "../../../src-main/engine/runtime/index.ts";
import { NETWORKS, type TranslationShape } from "../../../src-main/methods/translation/networks.ts";
import { translationProgram } from "../../../src-main/methods/translation/programs.ts";
import { Random } from "../../../src-main/random/index.ts";
import { countParameters, normals, THREADS, type Workload } from "./workload.ts";

interface Tier {
  side: number;
  width: number;
  blocks: number;
}

const tiny: Tier = { side: 16, width: 2, blocks: 1 };

function translation(name: string, tier: Tier, stepsPerRound: number): Workload {
  const { side, width, blocks } = tier;
  // What the peer's other networks are made with, which take no part.
  const unused = ["4", "2", "1", "4", "4"];
  const args = ["1", `${side}`, `${width}`, `${blocks}`, ...unused];
  const torch = { runtime: "python", file: "torch_translation.py", name: "PyTorch" } as const;
  return {
    name,
    title: `translation of one slice, 1×1×${side}×${side}, generator of width ${width} with ${blocks} blocks`,
    stepsPerRound,
    mostRounds: 5,
    peers: [
      { ...torch, args: ["0", ...args], stepsPerRound: Math.ceil(stepsPerRound / 2) },
      { ...torch, args: ["1", ...args] },
    ],
    also: ["memory"],
    onGpu: true,
    async start({ sizes, device, tuning }) {
      const chosen = sizes === "full" ? tier : tiny;
      const shape: TranslationShape = {
        height: chosen.side,
        width: chosen.side,
        sourceChannels: 1,
        targetChannels: 1,
        generator: { width: chosen.width, blocks: chosen.blocks },
        discriminator: { width: 4, halvings: 2 },
        registration: { down: [4, 4], middle: 1 },
      };
      const random = (parameter: string): Random => new Random(1, parameter);
      const store = new ParameterStore({ device, random, threads: THREADS, ...(tuning && { tuning }) });
      const program = translationProgram(shape, 1);
      const translate = await store.compile(program, { frozen: true });
      const source = normals("source", [1, 1, chosen.side, chosen.side]).map(Math.tanh);
      return {
        parameters: countParameters(program, [NETWORKS.forward]),
        step: async () => {
          const { image } = await translate.run({ source });
          return { first: Number(image!.data[0]) };
        },
        stop: () => store.release(),
      };
    },
  };
}

export const translations: readonly Workload[] = [
  translation("translation-small", { side: 256, width: 16, blocks: 3 }, 8),
  translation("translation-full", { side: 256, width: 64, blocks: 9 }, 2),
];
