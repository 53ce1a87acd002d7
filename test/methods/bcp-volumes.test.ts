/**
 * @file The parts of BCP on volumes, put together as its published 3-D program has them: patches, masks and components of three axes, V-Net, overlap
 * by volume, a teacher that follows. No method of the app trains on volumes yet; this says that the parts fit.
 */
import { expect, test } from "vitest";
import { cutPatch, drawPatch, normalizeVolume, type PerVolumeAxis, slideOver } from "../../src-main/dataset/index.ts";
import { add, argMax, cast, type Scope, softmax, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { collage } from "../../src-main/methods/bcp/collage.ts";
import { drawMask } from "../../src-main/methods/bcp/mask.ts";
import { scoreVolume } from "../../src-main/metrics/index.ts";
import { vnet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { ema, inferStep, mixLoss, sgd, trainStep } from "../../src-main/training/index.ts";
import { keepComponents } from "../../src-main/voxels/index.ts";

const SIZE = [10, 12, 14] as const;
const PATCH = [8, 8, 8] as const;
const VOXELS = 512;
const HALF = 2;
const DECAY = 0.9;

/** A bright ball in noise, somewhere in a volume. */
function ball(seed: number): { image: Float32Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> } {
  const random = new Random(seed, "ball");
  const center = SIZE.map((size) => random.between(size * 0.35, size * 0.65));
  const labels = new Uint8Array(SIZE[0] * SIZE[1] * SIZE[2]);
  const values = new Float32Array(labels.length);
  for (let index = 0; index < labels.length; index++) {
    const at = [Math.floor(index / (SIZE[1] * SIZE[2])), Math.floor(index / SIZE[2]) % SIZE[1], index % SIZE[2]];
    labels[index] = Math.hypot(...at.map((place, axis) => place - center[axis]!)) < 3.2 ? 1 : 0;
    values[index] = labels[index]! * 3 + random.normal();
  }
  return { image: normalizeVolume(values, { kind: "z-score" }), labels };
}

function patches(seeds: readonly number[], random: Random) {
  const image = new Float32Array(HALF * VOXELS);
  const labelMap = new Uint8Array(HALF * VOXELS);
  for (const [place, seed] of seeds.entries()) {
    const { image: values, labels } = ball(seed);
    const start = drawPatch(SIZE, PATCH, random);
    const own = (array: Float32Array | Uint8Array) => array.subarray(place * VOXELS, (place + 1) * VOXELS);
    cutPatch(values, SIZE, { start, patch: PATCH, into: own(image) as Float32Array });
    cutPatch(labels, SIZE, { start, patch: PATCH, into: own(labelMap) as Uint8Array });
  }
  return { image, labelMap };
}

const network = (scope: Scope, image: Tensor) => vnet(scope, image, { classes: 2, width: 4, depth: 3 });

test("student and teacher learn balls from four labelled volumes and unlabelled ones, and find them in a volume never seen", async () => {
  const shape = { image: [HALF, 1, ...PATCH], map: [HALF, ...PATCH] };
  const image = { shape: shape.image };
  const target = { shape: shape.map, dtype: "uint8" } as const;
  const train = trainStep({
    networks: ["student"],
    trained: "student",
    inputs: { out: image, outTarget: target, into: image, intoTarget: target, keep: { shape: [1, ...PATCH] } },
    loss({ student }, { out, outTarget, into, intoTarget, keep }) {
      // Two passes, out first: batch norm sees one kind of collage at a time.
      const outLoss = mixLoss(network(student, out), outTarget, keep, { outside: 0.5, inside: 1, dice: "image" });
      const intoLoss = mixLoss(network(student, into), intoTarget, keep, { outside: 1, inside: 0.5, dice: "image" });
      return { total: add(outLoss, intoLoss) };
    },
    optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
    after: [ema({ from: "student", to: "teacher", decay: DECAY })],
  });
  const teach = inferStep({
    name: "teach",
    networks: ["teacher"],
    inputs: { image },
    outputs: ({ teacher }, fed) => ({
      labelMap: cast(argMax(network(teacher, fed.image), { axis: 1 }), { to: "uint8" }),
    }),
  });
  const predict = inferStep({
    networks: ["student"],
    inputs: { image: { shape: [1, 1, ...PATCH] } },
    outputs: ({ student }, fed) => ({ probabilities: softmax(network(student, fed.image), { axis: 1 }) }),
  });
  const store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(3, name) });
  const training = await store.compile(train);
  const [teaching, predicting] = [await store.compile(teach), await store.compile(predict)];

  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    const random = new Random("bcp volumes", step);
    const [a, b] = [patches([0, 1], random), patches([2, 3], random)];
    const pseudo = async (seeds: number[]) => {
      const { image: seen } = patches(seeds, random);
      const labelMap = (await teaching.run({ image: seen }))["labelMap"]!.data as Uint8Array<ArrayBuffer>;
      for (let place = 0; place < HALF; place++) {
        const own = labelMap.subarray(place * VOXELS, (place + 1) * VOXELS);
        keepComponents(own, PATCH, { most: 1, connectivity: 3 });
      }
      return { image: seen, labelMap };
    };
    const [ua, ub] = [await pseudo([10 + (step % 8), 20]), await pseudo([30 + (step % 8), 40])];
    const keep = drawMask(PATCH, { geometry: "block", ratio: { over: 2, under: 3 }, random });
    const places = { items: HALF, area: VOXELS };
    const before = step === 5 ? await store.state() : null;
    const outputs = await training.run({
      out: collage(ua.image, a.image, keep, places),
      outTarget: collage(ua.labelMap, a.labelMap, keep, places),
      into: collage(b.image, ub.image, keep, places),
      intoTarget: collage(b.labelMap, ub.labelMap, keep, places),
      keep,
      learningRate: 0.02,
    });
    losses.push(scalars(outputs)["total"]!);
    if (before === null) continue;
    const after = await store.state();
    const weight = "encoder.0.0.conv.weight";
    after[`teacher.${weight}`]!.data.forEach((value, index) => {
      const [old, followed] = [before[`teacher.${weight}`]!.data[index]!, after[`student.${weight}`]!.data[index]!];
      expect(value).toBeCloseTo(DECAY * old + (1 - DECAY) * followed, 6);
    });
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-5))).toBeLessThan(0.7 * mean(losses.slice(0, 5)));

  const unseen = ball(99);
  const classes = async (window: Float32Array<ArrayBuffer>) =>
    (await predicting.run({ image: window }))["probabilities"]!.data as Float32Array;
  const found = await slideOver(unseen.image, SIZE as PerVolumeAxis, classes, { patch: PATCH, planes: 2 });
  const voxels = unseen.labels.length;
  const mask = Uint8Array.from(unseen.labels, (_, index) => (found[voxels + index]! > found[index]! ? 1 : 0));
  keepComponents(mask, SIZE, { most: 1, connectivity: 3 });
  expect(scoreVolume(mask, unseen.labels, { shape: SIZE }).dice).toBeGreaterThan(0.6);
  await store.release();
});
