/** @file A person's ONNX network as the trunk of a classifier: what is found when its file is looked at, and which files are refused. */
import { describe, expect, test } from "vitest";
import { defineProgram, input, readModel, Scope } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { lookAtTrunk, openTrunk, trunkFeatures } from "../../src-main/methods/grading/trunk.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { modelOf, type ModelOf } from "../engine/onnx-models.ts";
import { tinyTrunk } from "./tiny-trunk.ts";

const weight = { name: "w", shape: [5, 1, 3, 3], values: Array.from({ length: 45 }, (_, at) => Math.sin(at)) };
const conv = {
  type: "Conv",
  inputs: ["image", "w"],
  outputs: ["map"],
  attributes: { pads: [1, 1, 1, 1] },
  name: "first",
};

function model(changed: Partial<ModelOf> = {}): Uint8Array {
  return modelOf({
    opset: 17,
    nodes: [conv],
    inputs: [{ name: "image", shape: ["N", 1, "H", "W"] }],
    initializers: [weight],
    outputs: ["map"],
    ...changed,
  });
}

test("what a trunk says is what its file says, with its weights and, in a model, without", async () => {
  const bytes = await tinyTrunk();
  const record = lookAtTrunk(bytes, "mine.onnx");
  expect(record).toMatchObject({ name: "mine", channels: 1, size: null, features: 16, tellsPlaces: true });
  expect(record.norms).toBe(9);
  expect(record.id).toBe(record.sha256.slice(0, 16));
  expect(record.graph.length).toBeLessThan(bytes.length);
  const trunk = openTrunk(record, 32);
  expect(trunk.cells).toBe(4);
  const image = input("image", { shape: [2, 1, 32, 32] });
  const random = new Random(3);
  const data = Float32Array.from({ length: 2 * 32 * 32 }, () => random.normal());
  const said = async (model?: Uint8Array, states = {}) => {
    const store = new ParameterStore({ device: "cpu", random: (name) => new Random(0, name) });
    const features = trunkFeatures(Scope.root("net"), image, { ...trunk, ...(model && { model }) });
    const program = await store.compile(defineProgram({ name: "features", outputs: { features } }));
    await store.restore(states);
    const { features: found } = await program.run({ image: data });
    return { found: Float32Array.from(found!.data as Float32Array), states: await store.state() };
  };
  const whole = await said(bytes);
  expect(whole.found.some((value) => value > 0.1)).toBe(true);
  const empty = await said();
  expect(empty.found).not.toEqual(whole.found);
  expect((await said(undefined, whole.states)).found).toEqual(whole.found);
});

test("features of the whole image have one cell; color and fixed sizes are told", async () => {
  const record = lookAtTrunk(await tinyTrunk({ channels: 3, isPooled: true }), "pooled.onnx");
  // Its mean over the places is by a number that is fixed.
  expect(record).toMatchObject({ channels: 3, size: 32, features: 16, tellsPlaces: false });
  expect(openTrunk(record, 32).cells).toBe(1);
  const fixed = lookAtTrunk(model({ inputs: [{ name: "image", shape: [1, 1, 64, 64] }] }), "fixed.onnx");
  expect(fixed.size).toBe(64);
  expect(() => openTrunk(fixed, 32)).toThrow("The trunk fixed takes no images of 32 pixels.");
});

describe("refused in a sentence", () => {
  const shaped = (shape: ModelOf["inputs"][number]["shape"]): Partial<ModelOf> => ({
    inputs: [{ name: "image", shape }],
  });
  const flat = { type: "Reshape", inputs: ["map", "to"], outputs: ["flat"] };
  const to = (values: number[]) => ({ name: "to", shape: [values.length], dtype: "int64" as const, values });
  test.each<[string, Uint8Array, RegExp]>([
    ["no ONNX", new TextEncoder().encode("PK not a model at all"), /^x\.onnx: the file is no ONNX model, or damaged\./],
    ["cut off", model().slice(0, 150), /no ONNX model, or damaged/],
    [
      "an operator that is not there",
      model({
        nodes: [conv, { type: "NonMaxSuppression", inputs: ["map", "map"], outputs: ["out"], name: "boxes" }],
        outputs: ["out"],
      }),
      /^x\.onnx cannot be trained here: not supported is NonMaxSuppression\. NonMaxSuppression at "boxes"/,
    ],
    [
      "a shape computed from the data",
      model({
        nodes: [conv, { type: "Cast", inputs: ["map"], outputs: ["to"], attributes: { to: 7 } }, flat],
        outputs: ["flat"],
      }),
      /not supported is Reshape\. .*computed from the data; it must be a constant/,
    ],
    [
      "a table",
      model({ ...shaped(["N", 7]), nodes: [{ type: "Relu", inputs: ["image"], outputs: ["map"] }] }),
      /Its input image is \[N, 7\]/,
    ],
    ["four channels", model(shaped(["N", 4, "H", "W"])), /images of a project have 1 channel \(gray\) or 3 \(color\)/],
    ["channels left open", model(shaped(["N", "C", "H", "W"])), /Its input image is \[N, C, H, W\]/],
    ["no square", model(shaped(["N", 1, 64, 96])), /Its images are 96 × 64 pixels/],
    ["a side that is no multiple of 8", model(shaped(["N", 1, 299, 299])), /Its images are 299 × 299 pixels/],
    [
      "two inputs",
      model({
        inputs: [
          { name: "image", shape: ["N", 1, "H", "W"] },
          { name: "age", shape: ["N", 1] },
        ],
      }),
      /It has the inputs image, age and the outputs map/,
    ],
    [
      "an output of three axes",
      model({ nodes: [conv, flat], initializers: [weight, to([0, 5, -1])], outputs: ["flat"] }),
      /for 2 images it gives float32 \[2, 5, 50176\]|For 2 images it gives float32 \[2, 5, 50176\]/,
    ],
    [
      "a batch of one inside",
      model({ nodes: [conv, flat], initializers: [weight, to([1, -1])], outputs: ["flat"] }),
      /For 2 images it gives float32 \[1, 501760\].*dynamic_axes/,
    ],
    [
      "nothing to learn",
      model({ nodes: [{ type: "Relu", inputs: ["image"], outputs: ["map"] }], initializers: [] }),
      /None of its numbers is a weight that learns/,
    ],
    ["an old opset", model({ opset: 7 }), /opset 7; 9 to 21 are understood/],
  ])("%s", (_, bytes, sentence) => {
    let told: unknown;
    try {
      lookAtTrunk(bytes, "x.onnx");
    } catch (error) {
      told = error;
    }
    expect(told).toBeInstanceOf(Problem);
    const { title, detail, hint } = told as Problem;
    expect(`${title} ${detail} ${hint}`).toMatch(sentence);
  });
});

test("weights that a model keeps are not in its graph", async () => {
  const bytes = await tinyTrunk({ width: 16 });
  const { graph } = lookAtTrunk(bytes, "wide.onnx");
  expect(bytes.length).toBeGreaterThan(200_000);
  expect(graph.length).toBeLessThan(40_000);
  expect(readModel(bytes).graph.initializers.length).toBeGreaterThan(10);
});
