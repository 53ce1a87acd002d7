/** @file Models that do not fit the project or themselves: told in one sentence, while a person draws and in a run; nothing is changed by them. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Proposer } from "../../src-main/api/proposer.ts";
import { forkInferenceProcess } from "../../src-main/app/spawn.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { InferenceHost } from "../../src-main/inference/host.ts";
import { serializeFrame } from "../../src-main/voxels/index.ts";
import { randomModel } from "../methods/random-model.ts";
import { addModel } from "../project/fixture.ts";
import { openWorkshop, type Workshop } from "../runs/project-of-discs.ts";

const entry = new URL("../../src-main/app/inference-process.ts", import.meta.url).pathname;
const disc = { value: 1, name: "disc" };

let shop: Workshop;
let proposer: Proposer;
let frameId: number;

beforeEach(async () => {
  shop = await openWorkshop({ unlabelled: 2, train: 1 });
  const host = new InferenceHost({ spawn: () => forkInferenceProcess(entry), device: "cpu" });
  proposer = new Proposer({ project: shop.project, host, pixels });
  frameId = shop.project.images.frames().find(({ split }) => split === "unlabelled")!.frameId;
});
afterEach(async () => {
  await proposer.close();
  await shop.close();
});

async function pixels(id: number): Promise<Uint8Array> {
  const { bytes, fileName, frameIndex } = shop.project.images.sourceOfFrame(id);
  return serializeFrame(await decodeFrame(bytes, { fileName, frame: frameIndex }));
}

function keep(onnx: Uint8Array): number {
  const { project } = shop;
  const { runId } = addModel(project);
  const classes = project.classes.list();
  const kept = { runId, name: "from elsewhere", method: "segment", step: 1, score: null, classes };
  return project.models.add({ ...kept, onnx, weights: Buffer.from("none") });
}

/** All that a model could have harmed. */
function state(): unknown {
  const { project } = shop;
  return project.images
    .frames()
    .map(({ frameId: id }) => [
      project.annotations.state(id),
      project.annotations.mask(id),
      project.proposals.ofFrame(id),
    ]);
}

const cases: Record<string, { onnx: () => Promise<Uint8Array>; title: RegExp }> = {
  "an image size that the network cannot halve": {
    onnx: () => randomModel({ says: { size: "33" } }),
    title: /^The network of the model is not what the model says of itself/,
  },
  "color in place of gray": {
    onnx: () => randomModel({ channels: 3, says: { channels: "1" } }),
    title: /^The network of the model is not what the model says of itself/,
  },
  "more planes than classes": {
    onnx: () => randomModel({ planes: 4 }),
    title: /^The network of the model is not what the model says of itself/,
  },
  "fewer planes than classes": {
    onnx: () => randomModel({ classes: [disc, { value: 2, name: "rim" }] }),
    title: /^The network of the model is not what the model says of itself/,
  },
  "a class that the project does not have": {
    onnx: () => randomModel({ planes: 3, classes: [disc, { value: 7, name: "vessel" }] }),
    title: /^The model marks classes that the project does not keep it for/,
  },
  "classes that cannot be read": {
    onnx: () => randomModel({ says: { classes: "disc" } }),
    title: /^The model is not one of this app's/,
  },
  "a network of another program": {
    onnx: () => randomModel({ says: { method: "", normalization: "" } }),
    title: /^The model is not one of this app's/,
  },
  "half a file": {
    onnx: async () => {
      const onnx = await randomModel({});
      return onnx.subarray(0, onnx.length >> 1);
    },
    title: /^The file of the model cannot be read/,
  },
};

test.each(Object.entries(cases))("%s: refused in a sentence, nothing lost", async (_, { onnx, title }) => {
  const modelId = keep(await onnx());
  const before = state();
  const expected = {
    code: "unsupported-file",
    title: expect.stringMatching(title) as unknown,
    hint: expect.any(String) as unknown,
  };
  await expect(proposer.propose(frameId, modelId)).rejects.toMatchObject(expected);
  const { runId } = shop.queue.submitPrediction({ modelId, views: 1 });
  expect(await shop.queue.finished(runId)).toMatchObject({ state: "failed", problem: expected });
  expect(state()).toEqual(before);
});

test("after a model that does not fit, one that does proposes", async () => {
  const wrong = keep(await randomModel({ planes: 3 }));
  await expect(proposer.propose(frameId, wrong)).rejects.toThrow("not what the model says");
  const right = keep(await randomModel({}));
  expect((await proposer.propose(frameId, right)).proposal).toMatchObject({ frameId, modelId: right });
  // Larger than the images of the project: they are brought to its size.
  const large = keep(await randomModel({ size: 128 }));
  expect((await proposer.propose(frameId, large)).proposal).toMatchObject({ frameId, modelId: large });
});
