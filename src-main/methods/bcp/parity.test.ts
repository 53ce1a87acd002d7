/**
 * @file The recipe in numbers: two steps of pre-training and two of self-training as PyTorch makes them (test/fixtures/bcp/make.py), from what
 * is fed to losses, pseudo-labels, running statistics and predictions of both networks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sizeOf } from "../../engine/index.ts";
import { type CompiledProgram, ParameterStore, scalars, type State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { parseSettings } from "../settings.ts";
import type { TrainingImages } from "../student-teacher/images.ts";
import { predictionOf } from "../student-teacher/networks.ts";
import type { Stage } from "../student-teacher/stages.ts";
import type { BcpShape } from "./programs.ts";
import { settings } from "./settings.ts";
import { pretrainStage, selfTrainStage } from "./training.ts";

interface Reference {
  losses: number[];
  pseudoLabels: number[][];
  predicted: Record<"student" | "teacher", number[]>;
  teacherStatistics: Record<string, number[]>;
}
const file = join(import.meta.dirname, "../../../test/fixtures/bcp/reference.json");
const { holes, ...references } = JSON.parse(readFileSync(file, "utf8")) as Record<"sgd" | "adam", Reference> & {
  holes: [top: number, left: number][];
};

const [HALF, SIDE, CLASSES, WIDTH, HOLE] = [2, 8, 3, 2, 5];
const PLANE = SIDE * SIDE;

/** What make.py fills weights, images, labels and noise with. */
function sines(count: number, number: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, index) => offset + scale * Math.sin(0.7 + 1.3 * number + 0.9 * index),
  );
}

const KINDS = ["labelled a", "labelled b", "unlabelled a", "unlabelled b"];

const notAsked = (): Promise<never> => Promise.reject(new Error("A step asks for halves alone."));

/** By the kind of the half alone: which images it is made of is for the streams' tests. */
function images(stepsBefore: () => number): TrainingImages {
  const half = (key: readonly (string | number)[]) => {
    const step = stepsBefore() + Number(key[2]);
    const kind = KINDS.indexOf(String(key[3]));
    const image = sines(HALF * PLANE, 100 + 10 * step + kind, 1 + 0.5 * kind, 0.3 * kind);
    const labels = sines(HALF * PLANE, 500 + 10 * step + kind);
    const labelMap = Uint8Array.from(labels, (value) => Math.min(CLASSES - 1, Math.floor(((value + 1) * CLASSES) / 2)));
    return Promise.resolve({ image, labelMap });
  };
  return {
    labelled: 8,
    unlabelled: 8,
    learned: [],
    validationBatch: 1,
    plain: notAsked,
    validate: notAsked,
    labelledHalf: (_, key) => half(key),
    unlabelledHalf: (_, key) => half(key),
  };
}

/** Noise of the pass `which` of a step; all of its inputs begin with `network` and end with `call`. */
function noiseOf(network: string, call: string, step: number, which: number): Record<string, Float32Array> {
  return Object.fromEntries(
    [0, 1].map((level) => [
      `${network}.encoder.${level}.dropout.noise${call}`,
      sines(HALF * (WIDTH << level) * (SIDE >> level) ** 2, 1000 + 100 * step + 10 * which + level, 0.5, 0.5),
    ]),
  );
}

const copied = (all: State, from: string, to: string): State =>
  Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name.startsWith(`${from}.`))
      .map(([name, value]) => [name.replace(from, to), value]),
  );

function closest(values: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(values).toHaveLength(expected.length);
  expect(Math.max(...expected.map((value, index) => Math.abs(value - values[index]!)))).toBeLessThan(tolerance);
}

// Adam moves a bias before batch norm by rounding alone, up to a whole step each time: so much may differ.
test.each([
  ["sgd", 0.05, 2e-5],
  ["adam", 0.003, 2e-2],
] as const)("with %s both stages do what PyTorch does", async (optimizer, learningRate, tolerance) => {
  const reference = references[optimizer];
  const small = { width: WIDTH, depth: 2, halfBatch: HALF, components: "all", optimizer, learningRate };
  // Smaller than a person may choose.
  const chosen = { ...parseSettings("bcp", settings, small), size: SIDE };
  const shape: BcpShape = { classes: CLASSES, channels: 1, settings: chosen };
  let done = 0;
  const material = { shape, images: images(() => (done < 2 ? 0 : 2)), seed: 1 };
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name), threads: 1 });
  const losses: number[] = [];
  const pseudoLabels: number[][] = [];

  const perform = async (stage: Stage, student: readonly string[]): Promise<void> => {
    const train = await store.compile(stage.train);
    const teach = stage.beside["teach"] && (await store.compile(stage.beside["teach"]));
    if (done === 0) await store.restore(startOf(await store.state()));
    for (const stageStep of [0, 1]) {
      let pass = 2;
      const teacher = {
        async run(feeds: Parameters<CompiledProgram["run"]>[0]) {
          const outputs = await teach!.run({ ...feeds, ...noiseOf("teacher", "", done, pass++) });
          pseudoLabels.push([...(outputs["labelMap"]!.data as Uint8Array)]);
          return outputs;
        },
      } as CompiledProgram;
      const { feeds } = await stage.material(stageStep, { teach: teacher });
      const [top, left] = holes[done]!;
      const keep = Float32Array.from({ length: PLANE }, (_, at) => {
        const [row, column] = [Math.floor(at / SIDE) - top, (at % SIDE) - left];
        return row >= 0 && row < HOLE && column >= 0 && column < HOLE ? 0 : 1;
      });
      expect(feeds["keep"]).toEqual(keep);
      const noise = student.map((call, which) => noiseOf("student", call, done, which));
      const outputs = await train.run({ ...feeds, ...Object.assign({}, ...noise), learningRate });
      losses.push(scalars(outputs)["total"]!);
      done++;
    }
    await train.release();
  };
  await perform(pretrainStage(material, 2), [""]);
  await store.restore(copied(await store.state(), "student", "teacher"));
  await perform(selfTrainStage(material, 2), ["", ".1"]);

  expect(pseudoLabels).toEqual(reference.pseudoLabels);
  closest(losses, reference.losses, 1e-4);
  const image = sines(HALF * PLANE, 99);
  for (const which of ["student", "teacher"] as const) {
    const { probabilities } = await (await store.compile(predictionOf(which, shape, HALF))).run({ image });
    closest(probabilities!.data as Float32Array, reference.predicted[which], tolerance);
  }
  const states = await store.state();
  for (const [name, expected] of Object.entries(reference.teacherStatistics)) {
    closest(states[`teacher.${name}`]!.data, expected, tolerance);
  }
  await store.release();
});

/** The student's weights as make.py starts them, numbered in the order of their names. */
function startOf(states: State): State {
  const names = Object.keys(states)
    .filter((name) => name.startsWith("student."))
    .sort();
  return Object.fromEntries(
    names.flatMap((name, number) => {
      if (name.includes(".running")) return [];
      const { shape } = states[name]!;
      const isMatrix = shape.length > 1;
      const scale = isMatrix ? 1.5 / Math.sqrt(sizeOf(shape.slice(1))) : 0.2;
      const offset = /\.norm\.\d\.weight$/.test(name) ? 1 : 0;
      return [[name, { shape, data: sines(sizeOf(shape), number, scale, offset) }]];
    }),
  );
}
