/** @file Painting with networks on a tiny backbone, as they begin: by masks, by images beside them, and what is told on the way. */
import { expect, test } from "vitest";
import { encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { siameseDiffusion } from "../../src-main/methods/siamese-diffusion/index.ts";
import {
  type BackboneShape,
  compactHintProgram,
  compactLookProgram,
} from "../../src-main/methods/siamese-diffusion/backbone/compact-programs.ts";
import { paintFromBackbone } from "../../src-main/methods/siamese-diffusion/backbone/in-worker.ts";
import { CONTEXTS, describeCompact } from "../../src-main/methods/siamese-diffusion/backbone/model.ts";
import { probeBackbone } from "../../src-main/methods/siamese-diffusion/backbone/probe.ts";
import { Random } from "../../src-main/random/index.ts";
import { temporaryFolder } from "../api/fixture.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";
import { CONTEXT_WIDTH, tinyBackbone, tinyContexts, writeFiles } from "./tiny-backbone.ts";

const SIZE = 64;
const study = blobStudy(1, { learned: 1, judged: 0, side: 16 });

/** A backbone, and a model on it that has learned nothing: the head that begins with 0 is replaced. */
async function untrained() {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(11);
  writeFiles(folder, {
    "vae_encoder.onnx": await tiny.vaeEncoder("images"),
    "vae_decoder.onnx": await tiny.vaeDecoder(),
    "front.onnx": await tiny.front(),
    "contexts.safetensors": tinyContexts(),
  });
  const { record } = await probeBackbone({ folder, prompt: "" });
  const { rowWidths } = record.facts;
  const shape: BackboneShape = {
    ...{ size: SIZE, classes: 1, denoiser: "XS", hint: "dense", outlets: "small", rowWidths, hasBase: false },
  };
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(3, name) });
  await store.compile(compactHintProgram(shape, 1, "mask"));
  await store.compile(compactLookProgram(shape, { batch: 1, steered: true, free: false }));
  const random = new Random(4, "head");
  const tensors = Object.fromEntries(
    Object.entries(await store.state()).map(([name, { shape, data }]) => {
      const isZero = (data as Float32Array).every((value) => value === 0);
      return [name, { shape, data: isZero ? Float32Array.from(data, () => 0.1 * random.normal()) : data }];
    }),
  );
  await store.release();
  const contexts = { shape: [2, 77, CONTEXT_WIDTH], data: new Float32Array(2 * 77 * CONTEXT_WIDTH).fill(0.1) };
  const weights = encodeSafetensors({
    tensors: { ...tensors, [CONTEXTS]: contexts },
    metadata: describeCompact({
      shape,
      backbone: record,
      classes: study.classes,
      range: { low: 0, high: 255, of: "bytes" },
    }),
  });
  return { weights, shelf: { find: () => ({ record, folder }) } };
}

test("a model on a backbone paints by its masks, and by real images beside them as far as their weight says; programs are told before they are made, and a stop ends it there", async () => {
  const { weights, shelf } = await untrained();
  const generator = await siameseDiffusion.openGenerator!(weights, "cpu", { backbones: shelf });
  const { image } = generator.asPainted(await study.frame(1));
  expect(image).toHaveLength(3 * SIZE * SIZE);
  let compiled = 0;
  const by = (weight?: number) =>
    generator.paint(new Uint8Array(SIZE * SIZE).fill(1, 0, 2000), [[1]], {
      settings: { samplingSteps: 1, guidance: 1 },
      onCompile: () => void compiled++,
      ...(weight !== undefined && { references: { images: image as Float32Array, weight } }),
    });
  const [mask, unseen, seen] = [await by(), await by(0), await by(1)];
  for (const [place, value] of unseen.entries()) expect(value).toBeCloseTo(mask[place]!, 5);
  expect(seen).not.toEqual(unseen);
  // Reading and looking, each by masks alone and with an image: told before, and once.
  expect(compiled).toBe(4);
  const stopped = new Error("stopped");
  const stop = () => {
    throw stopped;
  };
  const another = generator.paint(new Uint8Array(SIZE * SIZE), [[1]], {
    settings: { samplingSteps: 1, guidance: 2 },
    onCompile: stop,
  });
  await expect(another).rejects.toBe(stopped);
  await generator.release();
}, 120_000);

test("what painting takes is reckoned before anything is opened, and too much is refused in the words of a training", async () => {
  const { weights, shelf } = await untrained();
  const { record } = shelf.find();
  // Nothing is there to be opened.
  const nowhere = { find: () => ({ record, folder: "/nowhere" }) };
  const small = 64 * 2 ** 20;
  const refused = /^backbone: a step needs about .* of memory, 64 MiB are available\. The most: the backbone /;
  const opening = siameseDiffusion.openGenerator!(weights, "cpu", { backbones: nowhere, memoryLimit: small });
  await expect(opening).rejects.toThrow(refused);

  const unet = { ...record.parts[0]!, role: "unet" as const };
  const painter = { ...record, parts: [...record.parts, unet] };
  const asked = { id: record.id, solver: "ddim", steps: 2, guidance: 9, maskOf: null, keys: [[1]] } as const;
  const first = (size: number, memoryLimit: number) =>
    paintFromBackbone(
      { ...asked, size },
      { shelf: { find: () => ({ record: painter, folder: "/nowhere" }) }, device: "cpu", memoryLimit },
    ).next();
  await expect(first(64, small)).rejects.toThrow(refused);
  // The scores of attention grow with the fourth power of the side.
  await expect(first(1024, 2 ** 31)).rejects.toThrow(/2\.0 GiB are available/);
  await expect(first(64, 2 ** 31)).rejects.toThrow(/is not in its folder any more/);
});
