/** @file One picture of Siamese-Diffusion, sizes S and M at 64², as the app paints it: hint, 20 steps of DPM-Solver++, picture. No peer has these networks. */
import { ParameterStore } from "../../../src-main/engine/runtime/index.ts";
import { encodeSafetensors } from "../../../src-main/engine/safetensors.ts";
import { openSiameseGenerator } from "../../../src-main/methods/siamese-diffusion/generator.ts";
import { describeSiamese } from "../../../src-main/methods/siamese-diffusion/model-file.ts";
import { latentShape, type SiameseShape } from "../../../src-main/methods/siamese-diffusion/networks.ts";
import { denoiseProgram, hintProgram } from "../../../src-main/methods/siamese-diffusion/programs.ts";
import { Random } from "../../../src-main/random/index.ts";
import { countParameters, THREADS, type Workload } from "./workload.ts";

/** A model whose numbers are those it would begin with. */
async function untrained(shape: SiameseShape): Promise<{ weights: Uint8Array; parameters: number }> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: THREADS });
  const denoise = denoiseProgram({ shape, batch: 1, passes: { free: false, masked: false }, hasReference: false });
  await store.compile(denoise);
  const hint = hintProgram(shape, 1, "mask");
  await store.compile(hint);
  const metadata = describeSiamese({
    shape,
    classes: [{ value: 1, name: "lesion" }],
    predicts: "v",
    range: { low: 0, high: 255, of: "bytes" },
    scale: { mean: Array.from({ length: latentShape(shape)[0]! }, () => 0), factor: 2 },
  });
  const weights = encodeSafetensors({ tensors: await store.state(), metadata });
  await store.release();
  const parameters = countParameters(denoise, ["encoder", "decoder", "control"]);
  return { weights, parameters: parameters + countParameters(hint, ["control"]) };
}

function sampling(denoiser: "S" | "M", guidance: number, passes: string): Workload {
  return {
    name: `siamese-sampling${denoiser === "M" ? "-m" : ""}${guidance === 1 ? "" : "-guided"}`,
    title: `Siamese-Diffusion ${denoiser}, one image of 64×64, 20 steps of DPM-Solver++, guidance ${guidance} (${passes})`,
    stepsPerRound: 2,
    peers: [],
    onGpu: true,
    async start({ sizes, device }) {
      const isFull = sizes === "full";
      const size = isFull ? 64 : 16;
      const shape: SiameseShape = {
        size,
        channels: 3,
        classes: 1,
        adapter: "spaceToDepth2",
        denoiser: isFull ? denoiser : "XS",
        hint: "dense",
        outlets: "small",
      };
      const { weights, parameters } = await untrained(shape);
      const generator = await openSiameseGenerator(weights, device);
      const labelMap = Uint8Array.from({ length: size * size }, (_, place) => +(place % size < size / 2));
      const settings = { samplingSteps: isFull ? 20 : 2, guidance };
      let drawn = 0;
      return {
        parameters,
        step: async () => {
          const image = await generator.paint(labelMap, [[1, drawn++]], { settings });
          return { first: image[0]! };
        },
        stop: () => generator.release(),
      };
    },
  };
}

export const siameseSampling: readonly Workload[] = (["S", "M"] as const).flatMap((denoiser) => [
  sampling(denoiser, 1, "one pass"),
  sampling(denoiser, 1.5, "three passes"),
]);
