/**
 * @file What scribbles are worth: models trained on the demo's nuclei propose on its test images, a simulated person scribbles in the
 * largest error, the correction follows. Dice by number of scribbles, one model per seed; time at 512².
 */
import { findMethod } from "../../src-main/methods/index.ts";
import { dice } from "../../src-main/metrics/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { correctByScribbles, type Frame, type LabelMap, type Scribble } from "../../src-main/voxels/index.ts";
import { type DemoImage, demoNames, readDemoImage } from "../inference/demo-images.ts";
import { simulateScribble } from "../inference/simulated-scribbles.ts";
import { median, ownRow, quantile, type Row } from "./rows.ts";

const SEEDS = [1, 2, 3];
const STEPS = 40;
const SIZE = 128;
const IMAGES = 24;
const SCRIBBLES = 5;

export async function trainedModel(seed: number): Promise<Uint8Array> {
  const images = await Promise.all([...demoNames("train"), ...demoNames("val")].map(readDemoImage));
  const trained = demoNames("train").length;
  const method = findMethod("segment");
  const session = await method.start({
    cases: {
      frames: images.map((_, frameId) => {
        return { frameId, caseId: frameId, role: frameId < trained ? "train" : "validate", hasLabelMap: true };
      }),
      frame: async (frameId) => images[frameId]!.frame,
      labelMap: (frameId) => Promise.resolve(images[frameId]!.truth),
    },
    settings: method.parse({ steps: STEPS, size: SIZE }),
    seed,
    device: "cpu",
    classes: [{ value: 1, name: "nucleus" }],
    channels: 1,
  });
  try {
    while (session.step < session.steps) await session.runStep();
    return await session.exportOnnx();
  } finally {
    await session.release();
  }
}

/** Each pixel four times: the size of a CT slice. */
export function doubled({ frame, truth, name }: DemoImage): DemoImage {
  const [width, height] = [2 * frame.width, 2 * frame.height];
  const from = (index: number): number => ((index % width) >> 1) + (Math.floor(index / width) >> 1) * frame.width;
  const stretch = (data: ArrayLike<number>) => Uint8Array.from({ length: width * height }, (_, at) => data[from(at)]!);
  const larger: Frame = { ...frame, width, height, sampleType: "uint8", data: stretch(frame.data) };
  return { name, frame: larger, truth: { width, height, data: stretch(truth.data) } };
}

interface Trial {
  /** Before the first scribble and after each. */
  scores: number[];
  times: number[];
}

async function correct(onnx: Uint8Array, { name, frame, truth }: DemoImage, seed: number): Promise<Trial> {
  const predictor = await findMethod("segment").openPredictor(onnx, "cpu");
  try {
    const inference = await predictor.infer(frame);
    const random = new Random(seed, name);
    let proposal: LabelMap = inference.prediction().labelMap;
    const scribbles: Scribble[] = [];
    const times: number[] = [];
    const scores = [dice(proposal.data, truth.data)!];
    for (let count = 0; count < SCRIBBLES; count++) {
      const scribble = simulateScribble({ proposal, truth, value: 1 }, random);
      if (scribble !== null) {
        scribbles.push(scribble);
        const start = performance.now();
        proposal = correctByScribbles({
          frame,
          labels: proposal,
          scribbles,
          probabilities: (window) => ({ classes: [1], planes: inference.probabilities(window) }),
        });
        times.push(performance.now() - start);
      }
      scores.push(dice(proposal.data, truth.data)!);
    }
    return { scores, times };
  } finally {
    await predictor.release();
  }
}

export async function benchCorrections(): Promise<Row[]> {
  const row = (workload: string, unit: string, ours: number, runs: number): Row =>
    ownRow("corrections", { workload, unit, ours, runs });
  const images = await Promise.all(demoNames("test").slice(0, IMAGES).map(readDemoImage));
  const rows: Row[] = [];
  const steps: number[] = [];
  const times: number[] = [];
  for (const seed of SEEDS) {
    const onnx = await trainedModel(seed);
    const trials: Trial[] = [];
    for (const image of images) trials.push(await correct(onnx, image, seed));
    for (let count = 0; count <= SCRIBBLES; count++) {
      const scores = trials.map((trial) => trial.scores[count]!);
      rows.push(row(`median Dice after ${count} scribbles, model of seed ${seed}`, "", median(scores), scores.length));
    }
    for (const { scores } of trials) {
      scores.slice(1).forEach((score, index) => score !== scores[index] && steps.push(score - scores[index]!));
    }
    for (const image of images.slice(0, 8)) times.push(...(await correct(onnx, doubled(image), seed)).times);
  }
  const lowered = steps.filter((step) => step < 0).length / steps.length;
  return [
    ...rows,
    row("scribbles that lowered the Dice", "%", 100 * lowered, steps.length),
    row("largest fall of the Dice by one scribble", "", Math.max(0, -Math.min(...steps)), steps.length),
    row("correction at 512², median", "ms", median(times), times.length),
    row("correction at 512², 95th percentile", "ms", quantile(times, 0.95), times.length),
  ];
}
