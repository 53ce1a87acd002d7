/** @file A model on a tiny backbone, as its networks begin. */
import { encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import {
  type BackboneShape,
  compactHintProgram,
  compactLookProgram,
} from "../../src-main/methods/siamese-diffusion/backbone/compact-programs.ts";
import { CONTEXTS, describeCompact } from "../../src-main/methods/siamese-diffusion/backbone/model.ts";
import { probeBackbone } from "../../src-main/methods/siamese-diffusion/backbone/probe.ts";
import { Random } from "../../src-main/random/index.ts";
import { temporaryFolder } from "../api/fixture.ts";
import { blobStudy } from "../experiments/blob-phantom.ts";
import { CONTEXT_WIDTH, tinyBackbone, tinyContexts, writeFiles } from "./tiny-backbone.ts";

/** Of pictures, pixels. */
export const SIZE = 64;
export const study = blobStudy(1, { learned: 1, judged: 0, side: 16 });

/** A backbone, and a model on it that has learned nothing: the head that begins with 0 is replaced. */
export async function untrained() {
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
