/** @file The app's U-Net as a person who only predicts runs it: exported to ONNX, loaded again. */
import { loadOnnx, ParameterStore } from "../../../src-main/engine/runtime/index.ts";
import { unet } from "../../../src-main/networks/index.ts";
import { Random } from "../../../src-main/random/index.ts";
import { inferStep } from "../../../src-main/training/index.ts";
import { countParameters, normals, type Workload } from "./workload.ts";

export const unetInference: Workload = {
  name: "unet-inference",
  title: "U-Net inference, exported ONNX, 1×1×512×512, width 16, four poolings",
  stepsPerRound: 6,
  peers: [{ runtime: "python", file: "torch_unet_inference.py", name: "PyTorch" }],
  also: ["memory"],
  onGpu: true,
  async start({ sizes, device }) {
    const { size, width, depth } =
      sizes === "full" ? { size: 512, width: 16, depth: 5 } : { size: 8, width: 2, depth: 2 };
    const shape = [1, 1, size, size];
    const program = inferStep({
      networks: ["network"],
      inputs: { image: { shape } },
      outputs: ({ network }, { image }) => ({ logits: unet(network, image, { classes: 1, width, depth }) }),
    });
    const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });
    const model = await loadOnnx(await store.exportOnnx(program), device);
    const image = { shape, data: normals("image", shape) };
    return {
      parameters: countParameters(program, ["network"]),
      step: async () => {
        const { logits } = await model.run({ image });
        return { logits: Number(logits!.data[0]) };
      },
      stop: () => model.release(),
    };
  },
};
