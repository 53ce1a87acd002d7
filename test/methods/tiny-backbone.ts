/**
 * @file A Stable Diffusion in tiny, with random weights and the right ports, written as ONNX by our own engine; and what it computes, told by the engine
 * itself.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  add,
  averageBlocks,
  cast,
  concat,
  constant,
  type Dtype,
  emitProgram,
  encodeModel,
  gather,
  mean,
  mul,
  type OnnxModel,
  reshape,
  type Scope,
  silu,
  slice,
  type Tensor,
  upsampleNearest,
} from "../../src-main/engine/index.ts";
import { readMessage, MessageWriter } from "../../src-main/engine/onnx/protobuf.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { encodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { conv2d, fanInUniform, linear, timeWaves } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { inferStep, type InputSpecs } from "../../src-main/training/index.ts";

export const CONTEXT_WIDTH = 12;
export const ROW_WIDTHS = [4, 4, 4, 4, 6, 6, 6, 8, 8, 8, 8, 8, 8] as const;
/** Latent images are half as large at these rows. */
const DOWN = [3, 6, 9];
export const sideOf = (row: number, side: number): number => side / 2 ** [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3][row]!;

const conv = (scope: Scope, x: Tensor, channels: number, stride = 1): Tensor =>
  conv2d(scope, x, { channels, kernel: 3, stride, init: fanInUniform });

interface Seen {
  latent: Tensor;
  time: Tensor;
  context: Tensor;
}

/** Maps of the 13 rows; `hint` joins after the first convolution. */
export function rowsOf(scope: Scope, { latent, time, context }: Seen, hint?: Tensor): Tensor[] {
  const [batch] = latent.shape as [number];
  const told = concat([timeWaves(time, 8), mean(context, { axes: [1] })], { axis: 1 });
  const shift = reshape(linear(scope.at("told"), told, { features: 4 }), { to: [batch, 4, 1, 1] });
  let x = add(conv(scope.at("0"), latent, 4), shift);
  if (hint !== undefined) x = add(x, hint);
  return ROW_WIDTHS.map((channels, row) => {
    if (row > 0) x = silu(conv(scope.at(String(row)), x, channels, DOWN.includes(row) ? 2 : 1));
    return x;
  });
}

/** What the noise is told from. */
export function headOf(scope: Scope, rows: readonly Tensor[]): Tensor {
  let x = rows.at(-1)!;
  for (let row = 11; row >= 0; row--) {
    const wanted = rows[row]!.shape[2]!;
    if (x.shape[2]! < wanted) x = upsampleNearest(x, { factor: [2, 2] });
    x = silu(conv(scope.at(`up.${row}`), concat([x, rows[row]!], { axis: 1 }), ROW_WIDTHS[row]!));
  }
  return conv(scope.at("head"), x, 4);
}

export function controlOf(scope: Scope, seen: Seen, hint: Tensor): Tensor[] {
  return rowsOf(scope, seen, conv(scope.at("hint"), averageBlocks(hint, { factor: [8, 8] }), 4));
}

/** Sizes of latent images under these are raw, as of Stable Diffusion. */
const RAW = 12;

export function latentTensor(image: Tensor): Tensor {
  const small = mul(averageBlocks(image, { factor: [8, 8] }), RAW);
  return concat([small, slice(small, { axes: [1], starts: [0], ends: [1] })], { axis: 1 });
}

export function pictureTensor(latent: Tensor): Tensor {
  const three = slice(latent, { axes: [1], starts: [0], ends: [3] });
  return upsampleNearest(mul(three, 1 / RAW), { factor: [8, 8] });
}

export interface TinyOptions {
  /** Side of latent images. */
  side?: number;
  /** Fixed batch; left out: any, of any side too. */
  batch?: number;
  time?: { dtype: Dtype; shape: "scalar" | "one" | "each" };
  /** Inputs and outputs in float16. */
  halves?: boolean;
}

type Build = (
  scopes: Readonly<Record<string, Scope>>,
  inputs: Readonly<Record<string, Tensor>>,
) => Record<string, Tensor>;

/** All parts of one seed share weights by name: the UNet's encoder is the front half. */
export function tinyBackbone(seed = 1, options: TinyOptions = {}) {
  const { side = 8, batch, halves = false, time = { dtype: "int64", shape: "each" } } = options;
  const count = batch ?? 2;
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(seed, name) });
  const latent = { shape: [count, 4, side, side] };
  const seen: InputSpecs = {
    sample: latent,
    timestep: { shape: time.shape === "scalar" ? [] : [time.shape === "one" ? 1 : count], dtype: time.dtype },
    encoder_hidden_states: { shape: [count, 77, CONTEXT_WIDTH] },
  };
  const seenOf = (fed: Readonly<Record<string, Tensor>>): Seen => {
    const told = cast(fed["timestep"]!, { to: "float32" });
    const each = time.shape === "each" ? told : reshape(told, { to: [1] });
    const times = time.shape === "each" ? each : add(each, constant(new Float32Array(count), { shape: [count] }));
    return { latent: fed["sample"]!, time: times, context: fed["encoder_hidden_states"]! };
  };
  const residuals: InputSpecs = Object.fromEntries(
    ROW_WIDTHS.map((channels, row) => [
      `residual_${row}`,
      { shape: [count, channels, sideOf(row, side), sideOf(row, side)] },
    ]),
  );
  const numbered = (rows: readonly Tensor[]) => Object.fromEntries(rows.map((row, at) => [`row_${at}`, row]));
  const image = { shape: [count, 3, side * 8, side * 8] };
  const onnx = async (inputs: InputSpecs, build: Build): Promise<Uint8Array> => {
    const networks = ["unet", "control"];
    const program = inferStep({ networks, inputs, outputs: (scopes, fed) => build(scopes, fed) });
    if (batch === undefined && !halves) return store.exportOnnx(program);
    await store.exportOnnx(program); // the store knows its parameters then
    const state = await store.state();
    const parameters = Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, data]));
    const model = emitProgram(program, { parameters });
    return encodeModel(halves ? inHalves(model) : model);
  };
  return {
    store,
    side,
    unet: () => onnx(seen, ({ unet }, fed) => ({ out_sample: headOf(unet!, rowsOf(unet!, seenOf(fed))) })),
    /** A UNet that says of noise what one that has learned does: the noise, or as v hardly any of it and a picture. */
    learnedUnet: (predicts: "eps" | "v") =>
      onnx(seen, ({ unet }, fed) => {
        const made = mul(headOf(unet!, rowsOf(unet!, seenOf(fed))), 0.05);
        const noise = add(fed["sample"]!, made);
        return { out_sample: predicts === "eps" ? noise : add(mul(noise, 0.068), -0.3) };
      }),
    controlledUnet: (ports = 13) =>
      onnx(Object.fromEntries(Object.entries({ ...seen, ...residuals }).slice(0, 3 + ports)), ({ unet }, fed) => {
        const rows = rowsOf(unet!, seenOf(fed)).map((row, at) => (at < ports ? add(row, fed[`residual_${at}`]!) : row));
        return { out_sample: headOf(unet!, rows) };
      }),
    front: () => onnx(seen, ({ unet }, fed) => numbered(rowsOf(unet!, seenOf(fed)))),
    control: () =>
      onnx({ ...seen, controlnet_cond: image }, ({ control }, fed) =>
        numbered(controlOf(control!, seenOf(fed), fed["controlnet_cond"]!)),
      ),
    vaeEncoder: (gives: "images" | "moments" = "images", isScaled = false) =>
      onnx({ sample: image }, (_, fed) => {
        const raw = latentTensor(fed["sample"]!);
        const made = isScaled ? mul(raw, 0.18215) : raw;
        const logVariance = add(mul(made, 0), -3);
        return { latent: gives === "images" ? made : concat([made, logVariance], { axis: 1 }) };
      }),
    vaeDecoder: (isScaled = false) =>
      onnx({ latent_sample: latent }, (_, fed) => {
        const raw = fed["latent_sample"]!;
        return { sample: pictureTensor(isScaled ? mul(raw, 1 / 0.18215) : raw) };
      }),
    /** Vectors of the tokens of `tinyTokenizer`; `width` of each. */
    textEncoder: (tokens = 77) =>
      onnx({ input_ids: { shape: [count, 77], dtype: "int64" } }, ({ unet }, fed) => {
        const table = unet!.parameter("tokens", { shape: [tokens, CONTEXT_WIDTH], init: fanInUniform });
        return { last_hidden_state: gather(table, fed["input_ids"]!, { axis: 0 }) };
      }),
    /** The noise for a prompt's context, or with a hint, of a batch of one: the engine's own evaluation. */
    async evaluate(feeds: {
      sample: Float32Array;
      time: number;
      context: Float32Array;
      hint?: Float32Array;
    }): Promise<Float32Array> {
      const inputs: InputSpecs = {
        sample: { shape: [1, 4, side, side] },
        time: { shape: [1] },
        context: { shape: [1, 77, CONTEXT_WIDTH] },
        ...(feeds.hint && { hint: { shape: [1, 3, side * 8, side * 8] } }),
      };
      const program = inferStep({
        name: feeds.hint ? "with hint" : "plain",
        networks: ["unet", "control"],
        inputs,
        outputs: ({ unet, control }: Readonly<Record<string, Scope>>, fed: Readonly<Record<string, Tensor>>) => {
          const own = { latent: fed["sample"]!, time: fed["time"]!, context: fed["context"]! };
          const rows = rowsOf(unet!, own);
          const steered = feeds.hint
            ? controlOf(control!, own, fed["hint"]!).map((map, at) => add(rows[at]!, map))
            : rows;
          return { noise: headOf(unet!, steered) };
        },
      } as never);
      const compiled = await store.compile(program);
      const made = await compiled.run({ ...feeds, time: Float32Array.of(feeds.time) } as never);
      await compiled.release();
      return made["noise"]!.data as Float32Array;
    },
  };
}

/** The same model that takes and gives float16 where it took and gave float32. */
function inHalves(model: OnnxModel): OnnxModel {
  const castNode = (from: string, into: string, to: number): OnnxModel["nodes"][number] => ({
    type: "Cast",
    domain: "",
    name: `cast ${from} ${into}`,
    inputs: [from],
    outputs: [into],
    attributes: { to },
  });
  const isFloat = ({ dtype }: { dtype: Dtype }): boolean => dtype === "float32";
  const inner = new Map(model.inputs.filter(isFloat).map(({ name }) => [name, `${name} whole`]));
  const outer = new Map(model.outputs.filter(isFloat).map(({ name }) => [name, `${name} whole`]));
  const renamed = model.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => inner.get(name) ?? outer.get(name) ?? name),
    outputs: node.outputs.map((name) => outer.get(name) ?? name),
  }));
  const half = <Info extends { dtype: Dtype }>(info: Info): Info =>
    isFloat(info) ? { ...info, dtype: "float16" } : info;
  return {
    ...model,
    inputs: model.inputs.map(half),
    outputs: model.outputs.map(half),
    nodes: [
      ...[...inner].map(([name, whole]) => castNode(name, whole, 1)),
      ...renamed,
      ...[...outer].map(([name, whole]) => castNode(whole, name, 10)),
    ],
  };
}

/** The model with the numbers of its initializers in another file, and these numbers. */
export function withExternalData(model: Uint8Array, location: string): { model: Uint8Array; data: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const rewritten = (bytes: Uint8Array, field: number, change: (part: Uint8Array) => Uint8Array): Uint8Array => {
    const into = new MessageWriter();
    for (const { number, value, bytes: part } of readMessage(bytes)) {
      if (number === field) into.bytes(number, change(part));
      else if (part.length > 0) into.bytes(number, part);
      else if (value > 0n) into.int(number, value);
      else into.bytes(number, part);
    }
    return into.finish();
  };
  const external = (tensor: Uint8Array): Uint8Array => {
    const into = new MessageWriter();
    for (const { number, value, bytes } of readMessage(tensor)) {
      if (number !== 9) {
        if (number === 8) into.bytes(8, bytes);
        else into.int(number, value);
        continue;
      }
      const entry = (key: string, text: string) => into.message(13, new MessageWriter().string(1, key).string(2, text));
      entry("location", location);
      entry("offset", String(offset));
      entry("length", String(bytes.length));
      into.int(14, 1);
      parts.push(bytes);
      offset += bytes.length;
    }
    return into.finish();
  };
  // Constants that shapes are made of stay inside, as exporters leave them.
  const isLarge = (tensor: Uint8Array): boolean =>
    readMessage(tensor).some(({ number, bytes }) => number === 9 && bytes.length > 64);
  const changed = rewritten(model, 7, (graph) => rewritten(graph, 5, (one) => (isLarge(one) ? external(one) : one)));
  return { model: changed, data: Buffer.concat(parts) };
}

export function tinyContexts(seed = 1): Uint8Array {
  const random = new Random(seed, "contexts");
  const data = Float32Array.from({ length: 2 * 77 * CONTEXT_WIDTH }, () => random.normal());
  return encodeSafetensors({ tensors: { contexts: { shape: [2, 77, CONTEXT_WIDTH], data } }, metadata: {} });
}

const letters = [..."abcdefghijklmnopqrstuvwxyz"].flatMap((letter) => [letter, `${letter}</w>`]);
export const tinyTokens: readonly string[] = [...letters, "po", "pol", "yp</w>", "<|startoftext|>", "<|endoftext|>"];

/** Files of a tokenizer with letters, three merges and the two ends. */
export const tinyTokenizer: Readonly<Record<"vocab.json" | "merges.txt", string>> = {
  "vocab.json": JSON.stringify(Object.fromEntries(tinyTokens.map((token, at) => [token, at]))),
  "merges.txt": "#version: 0.2\np o\ny p</w>\npo l\n",
};

export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}
