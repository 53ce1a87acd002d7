/** @file ONNX trunks in tiny, with random weights, written by our own engine: what a person would export elsewhere. */
import { globalAveragePool, reshape, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { narrowResnet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { inferStep } from "../../src-main/training/index.ts";

/** Features of places, at any size, or `isPooled` of the whole image, at 32 × 32. */
export async function tinyTrunk({ channels = 1, width = 4, isPooled = false, seed = 1 } = {}): Promise<Uint8Array> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(seed, name) });
  const pooled = (x: Tensor): Tensor => reshape(globalAveragePool(x), { to: [x.shape[0]!, x.shape[1]!] });
  const program = inferStep({
    networks: ["net"],
    inputs: { image: { shape: [2, channels, 32, 32] } },
    outputs: ({ net }, { image }) => {
      const features = narrowResnet(net, image, { width });
      return { features: isPooled ? pooled(features) : features };
    },
  });
  return store.exportOnnx(program);
}
