/** @file Going on from a model that was trained on a backbone: with its networks on the same backbone, refused elsewhere. */
import { expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import type { StartRequest } from "../../src-main/methods/index.ts";
import { CONTEXTS } from "../../src-main/methods/siamese-diffusion/backbone/model.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import { SIZE, study, untrained } from "./untrained-on-backbone.ts";

async function goingOn() {
  const { weights, shelf } = await untrained();
  const request = (settings: StartRequest["settings"]): StartRequest => ({
    cases: { ...study, frames: [{ frameId: 1, caseId: 1, role: "train", hasLabelMap: true }] },
    settings: { size: SIZE, batchSize: 1, denoiser: "XS", steps: 2, imageBranch: false, ...settings },
    ...{ seed: 3, device: "cpu", classes: study.classes, channels: 1, backbones: shelf, from: weights },
  });
  return { weights, request, ...shelf.find() };
}

test("networks of one's own do not go on from a model on a backbone; what to do is said", async () => {
  const { request, record } = await goingOn();
  await expect(siameseDiffusion.start(request({}))).rejects.toThrow(
    `The model to go on from was trained on the backbone ${record.name}; this training has networks of its own. ` +
      "Such a model steers its backbone and is nothing without it. " +
      `Set the backbone to that one (backbone=${record.id}), or choose another model.`,
  );
}, 30_000);

test("a training on the same backbone begins with the model's networks, which are its averages too; another shape is refused", async () => {
  const { request, weights, record } = await goingOn();
  const backbone = record.id;
  await expect(siameseDiffusion.start(request({ backbone, hint: "plain" }))).rejects.toThrow(
    /^The model to go on from does not suit this training/,
  );
  const session = await siameseDiffusion.start(request({ backbone }));
  const { tensors: begun } = decodeSafetensors(await session.checkpoint());
  const { [CONTEXTS]: _, ...networks } = decodeSafetensors(weights).tensors;
  const names = Object.keys(networks);
  expect(new Set(names.map((name) => name.split(".")[0]))).toEqual(new Set(["control", "decoder"]));
  for (const name of names) {
    expect(begun[name], name).toEqual(networks[name]);
    const average = name.replace(/^(control|decoder)\./, "$1Average.");
    expect(begun[average], average).toEqual(networks[name]);
  }
  // The texts are those of the backbone, not of the model.
  expect(begun[CONTEXTS]!.data).not.toEqual(decodeSafetensors(weights).tensors[CONTEXTS]!.data);
  expect((await session.runStep())["loss"]).toBeGreaterThan(0);
  await session.release();
}, 180_000);
