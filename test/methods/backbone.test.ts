/**
 * @file The plug for a person's own Stable Diffusion: T27 of the specification. Tiny graphs with random weights and the right ports are told by their
 * shapes, tried, refused with reasons, and compute what the engine itself computes.
 */
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleLatent, scaledLinearNoise } from "../../src-main/diffusion/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { clipTokenizer } from "../../src-main/methods/siamese-diffusion/backbone/clip-tokens.ts";
import { type OpenBackbone, openBackbone } from "../../src-main/methods/siamese-diffusion/backbone/open-backbone.ts";
import {
  type BackbonePainting,
  guidedNoise,
  paintingRoles,
  paintWithBackbone,
} from "../../src-main/methods/siamese-diffusion/backbone/paint.ts";
import { convert, denoise } from "../../src-main/methods/siamese-diffusion/backbone/part-session.ts";
import { probeBackbone } from "../../src-main/methods/siamese-diffusion/backbone/probe.ts";
import { type PartRole, remarksOf, usesOf } from "../../src-main/methods/siamese-diffusion/backbone/record.ts";
import { Random } from "../../src-main/random/index.ts";
import { temporaryFolder } from "../api/fixture.ts";
import { modelOf } from "../engine/onnx-models.ts";
import {
  CONTEXT_WIDTH,
  tinyBackbone,
  tinyContexts,
  tinyTokenizer,
  tinyTokens,
  type TinyOptions,
  withExternalData,
  writeFiles,
} from "./tiny-backbone.ts";

const GIB = 2 ** 30;
const probe = (folder: string, memoryLimit = 64 * GIB) => probeBackbone({ folder, prompt: "a polyp", memoryLimit });

async function opened(folder: string, roles: readonly PartRole[]): Promise<OpenBackbone> {
  const { record } = await probe(folder);
  return openBackbone(record, { shelf: { find: () => ({ record, folder }) }, roles, device: "cpu" });
}

async function painted(backbone: OpenBackbone, keys: (string | number)[][], painting: BackbonePainting) {
  const images: Float32Array[] = [];
  for await (const image of paintWithBackbone(backbone, keys, painting)) images.push(image);
  return images;
}

const normals = (name: string, count: number): Float32Array<ArrayBuffer> => {
  const random = new Random(7, name);
  return Float32Array.from({ length: count }, () => random.normal());
};

const contextsAlone = decodeSafetensors(tinyContexts()).tensors["contexts"]!.data as Float32Array<ArrayBuffer>;
const half = contextsAlone.length / 2;
const [PROMPT, EMPTY] = [contextsAlone.slice(0, half), contextsAlone.slice(half)];

test("all parts of a folder are told by their shapes, whatever their names, and what they are good for", async () => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone();
  writeFiles(folder, {
    "a/1.onnx": await tiny.vaeEncoder("moments"),
    "a/2.onnx": await tiny.vaeDecoder(),
    "3.onnx": await tiny.front(),
    "4.onnx": await tiny.unet(),
    "5.onnx": await tiny.controlledUnet(),
    "6.onnx": await tiny.control(),
    "7.safetensors": tinyContexts(),
  });
  const { record, leftOut } = await probe(folder);
  expect(leftOut).toEqual([]);
  expect(Object.fromEntries(record.parts.map(({ role, files }) => [role, files[0]!.name]))).toEqual({
    vaeEncoder: "a/1.onnx",
    vaeDecoder: "a/2.onnx",
    front: "3.onnx",
    unet: "4.onnx",
    controlledUnet: "5.onnx",
    control: "6.onnx",
    contexts: "7.safetensors",
  });
  expect(usesOf(record)).toEqual(["text", "control", "train"]);
  const { encodes, encoderScales, decoderScales, roundTrip, rowWidths, contextWidth } = record.facts;
  expect({ encodes, encoderScales, decoderScales, contextWidth }).toEqual({
    encodes: "moments",
    encoderScales: false,
    decoderScales: false,
    contextWidth: CONTEXT_WIDTH,
  });
  expect(roundTrip).toBeGreaterThan(20);
  expect(rowWidths).toEqual([4, 4, 4, 4, 6, 6, 6, 8, 8, 8, 8, 8, 8]);
  expect((await probe(folder)).record.id).toBe(record.id);
  // Nothing of where it lies.
  expect(JSON.stringify(record)).not.toContain(folder);
});

const common = { "vae-encoder.onnx": new Uint8Array(), "contexts.safetensors": tinyContexts() };

test.each([
  ["an integer time for all", { batch: 1, time: { dtype: "int64", shape: "one" } }],
  ["a time without axes, in int32", { batch: 2, time: { dtype: "int32", shape: "scalar" } }],
  ["a float time for each", { batch: 2, time: { dtype: "float32", shape: "each" } }],
  ["float16 in and out, fixed batches of three", { batch: 3, halves: true, time: { dtype: "float16", shape: "each" } }],
] as const)("noise is what the engine itself computes, with %s", async (_, options: TinyOptions) => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(2, options);
  writeFiles(folder, {
    "unet.onnx": await tiny.unet(),
    "vae.onnx": await tiny.vaeDecoder(),
    "contexts.safetensors": common["contexts.safetensors"],
  });
  const backbone = await opened(folder, ["unet", "vaeDecoder"]);
  const samples = normals("samples", 2 * 256);
  const times = [3, 500];
  const contexts = { shape: [77, CONTEXT_WIDTH], data: contextsAlone };
  const [noise] = await denoise(backbone.part("unet"), {
    latent: { shape: [4, 8, 8], data: samples },
    times,
    contexts,
  });
  for (const [place, context] of [PROMPT, EMPTY].entries()) {
    const time = times[place]!;
    const own = await tiny.evaluate({ sample: samples.subarray(256 * place, 256 * (place + 1)), time, context });
    const tolerance = "halves" in options ? 2e-2 : 1e-4;
    for (const [at, value] of own.entries())
      expect(Math.abs(noise!.data[256 * place + at]! - value)).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
  }
  await backbone.release();
});

test("guidance of two looks with one mask, and the whole way of DDIM, are those of the engine's own evaluation", async () => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(3);
  writeFiles(folder, {
    "unet.onnx": await tiny.controlledUnet(),
    "control.onnx": await tiny.control(),
    "vae.onnx": await tiny.vaeDecoder(),
    "contexts.safetensors": tinyContexts(),
  });
  const backbone = await opened(folder, ["controlledUnet", "control", "vaeDecoder"]);
  const mask = Uint8Array.from({ length: 64 * 64 }, (_, at) => (at % 64 < 32 ? 1 : 0));
  const hint = Float32Array.from({ length: 3 * 64 * 64 }, (_, at) => mask[at % 4096]!);
  const guided = async (sample: Float32Array, time: number): Promise<Float32Array> => {
    const prompted = await tiny.evaluate({ sample, time, context: PROMPT, hint });
    const none = await tiny.evaluate({ sample, time, context: EMPTY, hint });
    return none.map((value, at) => value + 9 * (prompted[at]! - value));
  };
  const start = normals("start", 256);
  const contexts = await backbone.contexts();
  const ours = await guidedNoise(backbone, {
    latent: { shape: [4, 8, 8], data: start },
    time: 481,
    contexts,
    guidance: 9,
    hint: { shape: [3, 64, 64], data: hint },
  });
  for (const [at, value] of (await guided(start, 481)).entries())
    expect(Math.abs(ours[at]! - value)).toBeLessThan(1e-4);

  const painting = { size: 64, solver: "ddim", steps: 4, guidance: 9, maskOf: () => mask } as const;
  const [data] = await painted(backbone, [["one"]], painting);
  const random = new Random("one");
  const latent = await sampleLatent(
    Float32Array.from({ length: 256 }, () => random.normal()),
    (sample, time) => guided(sample, time),
    { schedule: scaledLinearNoise(), solver: "ddim", steps: 4, predicts: "eps", final: "first" },
  );
  const scaled = { shape: [4, 8, 8], data: latent.map((value) => value / 0.18215) };
  const expected = (await convert(backbone.part("vaeDecoder"), scaled)).data;
  for (const [at, value] of expected.entries()) {
    const pixel = Math.min(1, Math.max(0, (value + 1) / 2));
    expect(Math.abs(data![at]! - pixel)).toBeLessThan(1e-4);
  }
  await backbone.release();
});

test("from text alone identical seeds give identical images, whatever is painted beside them", async () => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(4);
  writeFiles(folder, {
    "unet.onnx": await tiny.controlledUnet(),
    "vae.onnx": await tiny.vaeDecoder(),
    "contexts.safetensors": tinyContexts(),
  });
  const { record } = await probe(folder);
  expect(usesOf(record)).toEqual(["text"]);
  const backbone = await opened(folder, paintingRoles(record, false));
  const painting = { size: 64, solver: "ddim", steps: 5, guidance: 3 } as const;
  const steps: string[] = [];
  const onStep = (step: number, image: number) => void steps.push(`${image}: ${step}`);
  const [first, second] = await painted(
    backbone,
    [
      [1, "a"],
      [2, "a"],
    ],
    { ...painting, onStep },
  );
  expect(steps).toEqual([0, 1].flatMap((image) => [0, 1, 2, 3, 4, 5].map((step) => `${image}: ${step}`)));
  const [again] = await painted(backbone, [[2, "a"]], painting);
  expect(second).toEqual(again);
  expect(first).not.toEqual(again);
  await expect(painted(backbone, [[1]], { ...painting, size: 96 })).rejects.toThrow(/takes no images of 96/);
  await backbone.release();
});

test("a text encoder with its tokenizer gives the vectors of the prompt and of nothing", async () => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(4);
  writeFiles(folder, {
    "unet.onnx": await tiny.unet(),
    "vae.onnx": await tiny.vaeDecoder(),
    "text/model.onnx": await tiny.textEncoder(tinyTokens.length),
    "tokenizer/vocab.json": tinyTokenizer["vocab.json"],
  });
  await expect(probe(folder)).rejects.toThrow(/without vocab\.json and merges\.txt reads no text/);
  writeFiles(folder, { "tokenizer/merges.txt": tinyTokenizer["merges.txt"] });
  const { record } = await probe(folder);
  expect(usesOf(record)).toEqual(["text"]);
  const backbone = await opened(folder, paintingRoles(record, false));
  const { encode } = clipTokenizer(tinyTokenizer["vocab.json"], tinyTokenizer["merges.txt"]);
  const table = (await tiny.store.state())["unet.tokens"]!.data as Float32Array;
  const vectorOf = (token: number) => [...table.subarray(token * CONTEXT_WIDTH, (token + 1) * CONTEXT_WIDTH)];
  expect([...(await backbone.contexts()).data]).toEqual(
    ["a polyp", ""].flatMap((text) => [...encode(text)].flatMap(vectorOf)),
  );
  await backbone.release();
});

/** An encoder that draws: mean plus noise of its own, as exporters write it who leave the draw inside. */
const drawing = modelOf({
  opset: 13,
  inputs: [{ name: "sample", shape: [1, 3, 64, 64] }],
  initializers: [
    { name: "sizes", shape: [4], dtype: "int64", values: [1, 4, 8, 8] },
    { name: "twelve", shape: [], values: [12] },
  ],
  nodes: [
    {
      type: "AveragePool",
      inputs: ["sample"],
      outputs: ["small"],
      attributes: { kernel_shape: [8, 8], strides: [8, 8] },
    },
    { type: "Slice", inputs: ["small", "zero", "one", "one"], outputs: ["first"] },
    { type: "Concat", inputs: ["small", "first"], outputs: ["four"], attributes: { axis: 1 } },
    { type: "Mul", inputs: ["four", "twelve"], outputs: ["raw"] },
    { type: "RandomNormalLike", inputs: ["raw"], outputs: ["noise"], attributes: { scale: { float: 0.1 } } },
    { type: "Add", inputs: ["raw", "noise"], outputs: ["latent"] },
    {
      type: "Constant",
      inputs: [],
      outputs: ["zero"],
      attributes: { value: { tensor: { shape: [1], dtype: "int64", values: [0] } } },
    },
    {
      type: "Constant",
      inputs: [],
      outputs: ["one"],
      attributes: { value: { tensor: { shape: [1], dtype: "int64", values: [1] } } },
    },
  ],
  outputs: ["latent"],
});

test("moments, images and draws of a VAE are told apart, and whether each half scales by 0.18215", async () => {
  const tiny = tinyBackbone(5);
  const unet = await tiny.unet();
  const facts = async (encoder: Uint8Array, decoder: Uint8Array) => {
    const folder = temporaryFolder();
    writeFiles(folder, {
      "e.onnx": encoder,
      "d.onnx": decoder,
      "u.onnx": unet,
      "contexts.safetensors": tinyContexts(),
    });
    const { encodes, encoderScales, decoderScales } = (await probe(folder)).record.facts;
    return [encodes, encoderScales, decoderScales];
  };
  expect(await facts(await tiny.vaeEncoder("images"), await tiny.vaeDecoder())).toEqual(["images", false, false]);
  expect(await facts(await tiny.vaeEncoder("images", true), await tiny.vaeDecoder(true))).toEqual([
    "images",
    true,
    true,
  ]);
  expect(await facts(await tiny.vaeEncoder("moments"), await tiny.vaeDecoder(true))).toEqual(["moments", false, true]);
  expect(await facts(drawing, await tiny.vaeDecoder())).toEqual(["draws", false, false]);
});

test("a UNet that does not predict noise is told of when it is looked at, and not refused", async () => {
  const tiny = tinyBackbone(8);
  const looked = async (unet: Uint8Array) => {
    const folder = temporaryFolder();
    writeFiles(folder, { "u.onnx": unet, "d.onnx": await tiny.vaeDecoder(), "contexts.safetensors": tinyContexts() });
    const { record } = await probe(folder);
    expect(usesOf(record)).toEqual(["text"]);
    return { share: record.facts.noiseAnswered, remarks: remarksOf(record) };
  };
  const noise = await looked(await tiny.learnedUnet("eps"));
  expect(noise.share).toBeGreaterThan(0.9);
  expect(noise.share).toBeLessThan(1.1);
  expect(noise.remarks).toEqual([]);
  const velocity = await looked(await tiny.learnedUnet("v"));
  expect(Math.abs(velocity.share!)).toBeLessThan(0.1);
  expect(velocity.remarks).toEqual([
    expect.stringMatching(/does not answer with that noise \(share .*It may predict v/),
  ]);
});

test("what is missing is said in one place: what was found, and what each use needs", async () => {
  const folder = temporaryFolder();
  const tiny = tinyBackbone(6);
  writeFiles(folder, { "unet.onnx": await tiny.controlledUnet(12), "vae.onnx": await tiny.vaeDecoder() });
  const refused = (await probe(folder).catch((error: unknown) => error)) as Error;
  expect(refused.message).toMatch(/nothing can be done with what is there\. Found: VAE decoder \(vae\.onnx\)\./);
  expect(refused.message).toMatch(
    /To paint from its text alone there is no UNet or UNet with 13 control ports, no contexts of prompt and empty text or text encoder\./,
  );
  expect(refused.message).toMatch(
    /To train siamese-diffusion on it there is no front half of the UNet with 13 outputs, no VAE encoder/,
  );
  expect(refused.message).toMatch(
    /unet\.onnx is a UNet with control ports that do not fit: there are 12\. Needed are 13/,
  );
  await expect(probe(join(folder, "nowhere"))).rejects.toThrow(/cannot be read/);
});

test("weights in files beside a model are read; a model that names files elsewhere, a link or a damaged one is not opened", async () => {
  const tiny = tinyBackbone(7);
  const unet = await tiny.unet();
  const base = { "vae.onnx": await tiny.vaeDecoder(), "contexts.safetensors": tinyContexts() };
  const folder = temporaryFolder();
  const { model, data } = withExternalData(unet, "unet.onnx_data");
  writeFiles(folder, { ...base, "unet/unet.onnx": model, "unet/unet.onnx_data": data });
  const { record } = await probe(folder);
  expect(record.parts.find(({ role }) => role === "unet")!.files.map(({ name }) => name)).toEqual([
    "unet/unet.onnx",
    "unet/unet.onnx_data",
  ]);
  await expect(probe(folder, 64 * 2 ** 20)).rejects.toThrow(
    /the weights of the backbone need about .* 64 MiB are available/,
  );

  const shelf = { find: () => ({ record, folder }) };
  const open = () => openBackbone(record, { shelf, roles: ["unet"], device: "cpu" });
  await (await open()).release();
  writeFileSync(join(folder, "unet/unet.onnx_data"), data.fill(1, 0, 4));
  await expect(open()).rejects.toThrow(/unet\/unet\.onnx_data: this file of the backbone has changed/);
  await expect(openBackbone(record, { shelf: { find: () => null }, roles: [], device: "cpu" })).rejects.toThrow(
    /is not on this computer\. It is made of .*SHA-256 [0-9a-f]{64}.*Weights are never part of a project/,
  );

  for (const location of ["../secret", "/etc/passwd", "..\\secret", "C:/secret"]) {
    const outside = temporaryFolder();
    writeFiles(outside, { ...base, "unet.onnx": withExternalData(unet, location).model });
    await expect(probe(outside)).rejects.toThrow(/keeps weights in a file outside its folder/);
  }
  const linked = temporaryFolder();
  writeFiles(linked, { ...base, "unet.onnx": withExternalData(unet, "data").model });
  symlinkSync(join(folder, "unet/unet.onnx_data"), join(linked, "data"));
  await expect(probe(linked)).rejects.toThrow(/links are not followed/);
  const damaged = temporaryFolder();
  writeFiles(damaged, { ...base, "unet.onnx": unet.subarray(0, unet.length - 100) });
  await expect(probe(damaged)).rejects.toThrow(/is no ONNX model, or damaged/);
});

test("CLIP's tokens: start, merged pieces, end up to 77", () => {
  const { encode } = clipTokenizer(tinyTokenizer["vocab.json"], tinyTokenizer["merges.txt"]);
  const of = (...names: string[]) => names.map((name) => tinyTokens.indexOf(name));
  const found = encode("A  Polyp");
  expect(found).toHaveLength(77);
  expect([...found.slice(0, 6)]).toEqual(
    of("<|startoftext|>", "a</w>", "pol", "yp</w>", "<|endoftext|>", "<|endoftext|>"),
  );
  expect([...encode("")].slice(1).every((token) => token === of("<|endoftext|>")[0])).toBe(true);
  expect(encode("a ".repeat(200))[76]).toBe(of("<|endoftext|>")[0]);
});
