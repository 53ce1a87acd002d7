/**
 * @file A part of a backbone, opened: batches of any size through a network that may take only some, in whatever numbers it computes with. In the worker
 * process alone: the file comes from elsewhere.
 */
import type { LoadedOnnx, TypedArray } from "../../../engine/runtime/index.ts";
import { isOpen, type NamedPort, type Signature } from "./ports.ts";

/** float32 for a batch: `[count, ...shape]`. */
export interface Batch {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Images on their way through a network at a time: more need memory and win no time. */
const MOST_AT_ONCE = 8;

export interface DenoiseFeeds {
  /** Latent images `[C, H, W]`. */
  latent: Batch;
  /** One for each. */
  times: readonly number[];
  /** `[77, width]`. */
  contexts: Batch;
  /** Images at full size. */
  hint?: Batch;
  residuals?: readonly Batch[];
}

interface Fed {
  port: NamedPort;
  batch: Batch;
}

/** A network with what its ports are for. */
export interface OpenPart<Kind extends Signature = Signature> {
  readonly signature: Kind;
  readonly loaded: LoadedOnnx;
  /** Whether each image of a batch may have a time of its own. */
  readonly timesPerImage: boolean;
}

/** Through a VAE half. */
export function convert(
  { loaded, signature }: OpenPart<Extract<Signature, { role: "vae" | "vaeEncoder" | "vaeDecoder" }>>,
  images: Batch,
): Promise<Batch> {
  const count = countOf(images);
  return runInChunks(loaded, {
    count,
    fed: [{ port: signature.sample, batch: images }],
    outputs: [signature.output],
  }).then(([made]) => made!);
}

type Denoiser = Extract<Signature, { role: "unet" | "controlledUnet" | "front" | "control" }>;

/** The noise that a UNet sees, or the maps of the rows. */
export function denoise(
  { loaded, signature, timesPerImage }: OpenPart<Denoiser>,
  { latent, times, contexts, hint, residuals = [] }: DenoiseFeeds,
): Promise<Batch[]> {
  const fed: Fed[] = [
    { port: signature.sample, batch: latent },
    { port: signature.context, batch: contexts },
  ];
  if (signature.role === "control") fed.push({ port: signature.hint, batch: hint! });
  if (signature.role === "controlledUnet")
    signature.residuals.forEach((port, row) => fed.push({ port, batch: residuals[row]! }));
  const outputs = "rows" in signature ? signature.rows : [signature.output];
  return runInChunks(loaded, {
    count: times.length,
    fed,
    outputs,
    time: { port: signature.time, times, isPerImage: timesPerImage },
  });
}

/** Vectors of tokens `[texts, 77, width]` of token numbers. */
export async function encodeTexts(
  { loaded, signature }: OpenPart<Extract<Signature, { role: "textEncoder" }>>,
  texts: readonly Int32Array[],
): Promise<Batch> {
  const { tokens, hidden } = signature;
  const parts: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (const text of texts) {
    const batch = staticBatch([tokens]) ?? 1;
    const repeated = Array.from({ length: batch }, () => [...text]).flat();
    const data = arrayFor(tokens.dtype, repeated);
    const outputs = await loaded.run({ [tokens.name]: { shape: [batch, text.length], data } });
    const made = outputs[hidden.name]!;
    shape = made.shape.slice(1);
    parts.push(Float32Array.from((made.data as Float32Array).subarray(0, made.data.length / batch)));
  }
  return { shape, data: joined(parts) };
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
export const countOf = ({ shape, data }: Batch): number => data.length / elements(shape);

/** Images of a batch, from place `first`. */
export function imagesOf({ shape, data }: Batch, first: number, count: number): Batch {
  const each = elements(shape);
  return { shape, data: data.subarray(first * each, (first + count) * each) };
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The batch that the file fixes; null: any. */
function staticBatch(ports: readonly NamedPort[]): number | null {
  const sizes = ports.flatMap(({ shape }) => (shape.length === 0 || isOpen(shape[0]!) ? [] : [shape[0]!]));
  return sizes.length === 0 ? null : Math.max(...sizes);
}

interface Work {
  count: number;
  fed: readonly Fed[];
  outputs: readonly NamedPort[];
  time?: { port: NamedPort; times: readonly number[]; isPerImage: boolean };
}

async function runInChunks(loaded: LoadedOnnx, { count, fed, outputs, time }: Work): Promise<Batch[]> {
  const fixed = staticBatch(fed.map(({ port }) => port));
  const most = fixed ?? MOST_AT_ONCE;
  const parts: Float32Array[][] = outputs.map(() => []);
  let shapes: readonly (readonly number[])[] = [];
  for (let first = 0; first < count;) {
    let own = Math.min(most, count - first);
    if (time !== undefined && !time.isPerImage) own = equalFrom(time.times, first, own);
    const padded = fixed ?? own;
    const feeds: Record<string, { shape: readonly number[]; data: TypedArray }> = {};
    for (const { port, batch } of fed) {
      const data = repeatedLast(imagesOf(batch, first, own), padded);
      feeds[port.name] = { shape: [padded, ...batch.shape], data: arrayFor(port.dtype, data) };
    }
    if (time !== undefined) {
      const { port, times, isPerImage } = time;
      const told = isPerImage
        ? Array.from({ length: padded }, (_, place) => times[first + Math.min(place, own - 1)]!)
        : [times[first]!];
      feeds[port.name] = { shape: port.shape.length === 0 ? [] : [told.length], data: arrayFor(port.dtype, told) };
    }
    const results = await loaded.run(feeds);
    shapes = outputs.map(({ name }) => results[name]!.shape.slice(1));
    outputs.forEach(({ name }, place) => {
      const data = results[name]!.data as Float32Array;
      parts[place]!.push(data.subarray(0, (data.length / padded) * own));
    });
    first += own;
  }
  return outputs.map((_, place) => ({ shape: shapes[place]!, data: joined(parts[place]!) }));
}

/** How many times from `first` are the same, `most` at most. */
function equalFrom(times: readonly number[], first: number, most: number): number {
  let count = 1;
  while (count < most && times[first + count] === times[first]) count++;
  return count;
}

function repeatedLast(batch: Batch, count: number): Float32Array {
  const own = countOf(batch);
  if (own === count) return batch.data;
  const last = imagesOf(batch, own - 1, 1).data;
  return joined([batch.data, ...Array.from({ length: count - own }, () => last)]);
}

function arrayFor(dtype: NamedPort["dtype"], numbers: ArrayLike<number>): TypedArray {
  if (dtype === "int64") return BigInt64Array.from(Array.from(numbers, BigInt));
  if (dtype === "int32") return Int32Array.from(numbers);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}
