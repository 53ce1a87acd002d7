import { readFileSync } from "node:fs";
import { argMax, cast, globalAveragePool, mul, relu, type Scope, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { conv2d, instanceNorm, linear } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, crossEntropy, inferStep, trainStep } from "../../src-main/training/index.ts";

/** Chest radiographs of 28 × 28 pixels: 0 normal, 1 pneumonia. Returns the losses and the accuracy on images not trained on. */
export async function trainClassifier(file: string, steps = 150): Promise<{ losses: number[]; accuracy: number }> {
  const { tensors } = decodeSafetensors(readFileSync(file));
  const data = (name: string) => tensors[name]!.data as Uint8Array;
  const images = (count: number) => ({ shape: [count, 1, 28, 28], dtype: "uint8" }) as const;

  const network = (scope: Scope, image: Tensor) => {
    let x = mul(cast(image, { to: "float32" }), 1 / 255);
    for (const [level, channels] of [8, 16, 32].entries()) {
      x = conv2d(scope.at(`conv.${level}`), x, { channels, kernel: 3, stride: 2, padding: 1 });
      x = relu(instanceNorm(scope.at(`norm.${level}`), x));
    }
    return linear(scope.at("head"), globalAveragePool(x), { features: 2 }); // [N, 1, 28, 28] -> [N, 2]
  };
  const train = trainStep({
    networks: ["net"],
    trained: "net",
    inputs: { image: images(16), label: { shape: [16], dtype: "uint8" } },
    loss: ({ net }, { image, label }) => ({ total: crossEntropy(network(net, image), label) }),
    optimizer: adamW(),
  });
  const held = data("test.label").length;
  const outputs = ({ net }: { net: Scope }, { image }: { image: Tensor }) => ({
    label: argMax(network(net, image), { axis: 1 }),
  });
  const predict = inferStep({ networks: ["net"], inputs: { image: images(held) }, outputs });

  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });
  const [training, predicting] = [await store.compile(train), await store.compile(predict)];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const random = new Random(1, `batch ${step}`);
    const chosen = Array.from({ length: 16 }, () => Math.floor(random.between(0, data("train.label").length)));
    const image = Uint8Array.from(
      chosen.flatMap((one) => [...data("train.image").subarray(one * 784, (one + 1) * 784)]),
    );
    const label = Uint8Array.from(chosen, (one) => data("train.label")[one]!);
    losses.push(scalars(await training.run({ image, label, learningRate: 0.003 }))["total"]!);
  }
  const { label } = await predicting.run({ image: data("test.image") });
  await store.release();
  const right = Array.from(label!.data, Number).filter((value, at) => value === data("test.label")[at]).length;
  return { losses, accuracy: right / held };
}
