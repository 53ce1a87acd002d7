/** @file For tests: a small U-Net of random weights, seeded, as the ONNX file of a model. */
import { softmax } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { describeModel } from "../../src-main/methods/segmentation-model/model-file.ts";
import { unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { inferStep } from "../../src-main/training/index.ts";

export interface RandomModel {
  channels?: 1 | 3;
  size?: number;
  /** Planes that it gives, background included. */
  planes?: number;
  /** What its file says in place of what it is. */
  says?: Record<string, string>;
  classes?: readonly { value: number; name: string }[];
}

/** A network of random weights as an ONNX file. */
export async function randomModel({
  channels = 1,
  size = 32,
  planes = 2,
  says = {},
  classes = [{ value: 1, name: "disc" }],
}: RandomModel): Promise<Uint8Array<ArrayBuffer>> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });
  const predict = inferStep({
    networks: ["net"],
    inputs: { image: { shape: [1, channels, size, size] } },
    outputs: ({ net }, { image }) => ({
      probabilities: softmax(unet(net, image, { classes: planes, width: 2, depth: 2 }), { axis: 1 }),
    }),
  });
  const metadata = describeModel({ method: "segment", classes, channels, size, width: 2, depth: 2 });
  try {
    return await store.exportOnnx(predict, { metadata: { ...metadata, ...says } });
  } finally {
    await store.release();
  }
}
