/** @file What the workloads of translations share: two PyTorch peers, plain and led round its transposed convolutions, and the networks in a store of their own. */
import { ParameterStore } from "../../../src-main/engine/runtime/index.ts";
import type { TranslationShape } from "../../../src-main/methods/translation/networks.ts";
import { Random } from "../../../src-main/random/index.ts";
import { type Peer, type Running, type StartOptions, THREADS, type Workload } from "./workload.ts";

export interface Tier {
  batch: number;
  side: number;
  generator: TranslationShape["generator"];
  discriminator: TranslationShape["discriminator"];
  down: readonly number[];
  middle: number;
}

interface Tiered extends Pick<Workload, "name" | "title" | "stepsPerRound"> {
  tier: Tier;
  /** What runs in a moment. */
  tiny: Tier;
  /** The peer's program. */
  file: string;
  open(store: ParameterStore, shape: TranslationShape, tier: Tier): Promise<Omit<Running, "stop">>;
}

export function tieredWorkload({ tier, tiny, file, open, ...told }: Tiered): Workload {
  const { batch, side, generator, discriminator, down, middle } = tier;
  const sizes = [batch, side, generator.width, generator.blocks, discriminator.width, discriminator.halvings, middle];
  const args = [...sizes, ...down].map(String);
  const torch = { runtime: "python", file, name: "PyTorch" } as const satisfies Peer;
  return {
    ...told,
    mostRounds: 5,
    peers: [
      { ...torch, args: ["0", ...args], stepsPerRound: Math.ceil(told.stepsPerRound / 2) },
      { ...torch, args: ["1", ...args] },
    ],
    also: ["memory"],
    onGpu: true,
    async start({ sizes: asked, device, tuning }: StartOptions) {
      const chosen = asked === "full" ? tier : tiny;
      const shape: TranslationShape = {
        height: chosen.side,
        width: chosen.side,
        sourceChannels: 1,
        targetChannels: 1,
        generator: chosen.generator,
        discriminator: chosen.discriminator,
        registration: { down: [...chosen.down], middle: chosen.middle },
      };
      const random = (parameter: string): Random => new Random(1, parameter);
      const store = new ParameterStore({ device, random, threads: THREADS, ...(tuning && { tuning }) });
      return { ...(await open(store, shape, chosen)), stop: () => store.release() };
    },
  };
}
