/** @file What a backbone's shapes do not tell, found out by running its parts once or twice. */
import { Problem } from "../../../problem/index.ts";
import { Random } from "../../../random/index.ts";
import { decodedBy, encodedBy, latentOf, type VaePart } from "./latents.ts";
import { type Batch, convert, denoise, type OpenPart } from "./part-session.ts";
import { isOpen, type Signature } from "./ports.ts";
import {
  type BackboneFacts,
  LATENT_CHANNELS,
  LATENT_FACTOR,
  LATENT_SCALE,
  ROLE_NAMES,
  ROW_HALVINGS,
  SIZE_MULTIPLE,
  TOKENS,
} from "./record.ts";

export type Tried = { -readonly [Key in keyof OpenPart]: OpenPart[Key] } & { ports: string };

/** Side of the images that are tried where the files take any. */
const TRIED = 128;
/** An image through encoder and decoder is the same to a person from here on, dB. */
const SAME = 20;
/** Between the deviations of latent images that are scaled, 1, and those that are not, 1 / 0.18215. */
const SCALED_BELOW = Math.sqrt(1 / LATENT_SCALE);

const zeros = (shape: readonly number[], count = 1): Batch => ({
  shape,
  data: new Float32Array(count * shape.reduce((product, size) => product * size, 1)),
});

/** Whether a half of a VAE takes pictures of 3 channels. */
export async function isEncoder({ loaded, signature, timesPerImage }: OpenPart): Promise<boolean> {
  const part = { loaded, signature, timesPerImage } as VaePart;
  try {
    const { shape } = await convert(part, zeros([3, TRIED, TRIED]));
    return shape[0] !== 3;
  } catch {
    return false; // it takes another number of channels
  }
}

/** Side of images that a file fixes; null: any. */
function fixedSide({ signature }: Tried): number | null {
  if (signature.role === "textEncoder") return null;
  const side = signature.sample.shape[2]!;
  if (isOpen(side)) return null;
  return signature.role === "vaeEncoder" ? side : side * LATENT_FACTOR;
}

const isDenoiser = ({ signature }: OpenPart): boolean => "time" in signature;

/** Sizes, widths and times of the parts that denoise; sets `timesPerImage` of them. Throws `Problem` where they do not belong together. */
export async function factsOf(
  models: Tried[],
  contexts: Batch | null,
): Promise<Pick<BackboneFacts, "size" | "contextWidth" | "rowWidths" | "timesPerImage">> {
  const sides = new Set(models.flatMap((model) => fixedSide(model) ?? []));
  if (sides.size > 1) throw apart(`They are made for images of ${[...sides].join(" and ")} pixels.`);
  const [size = null] = sides;
  if (size !== null && size % SIZE_MULTIPLE !== 0)
    throw apart(`They are made for images of ${size} pixels; multiples of ${SIZE_MULTIPLE} are possible.`);
  const widths = models.flatMap(({ signature }) => {
    const width =
      "context" in signature
        ? signature.context.shape[2]!
        : signature.role === "textEncoder"
          ? signature.hidden.shape[2]!
          : "";
    return isOpen(width) ? [] : [width];
  });
  const contextWidth = contexts?.shape[1] ?? widths[0] ?? 768;
  if (widths.some((width) => width !== contextWidth))
    throw apart(`Vectors of tokens have ${[...new Set([contextWidth, ...widths])].join(" and ")} numbers.`);

  const timesPerImage: Record<string, boolean> = {};
  let rowWidths: number[] = [];
  const side = (size ?? TRIED) / LATENT_FACTOR;
  for (const model of models.filter(isDenoiser)) {
    const made = await settleTimes(model, { side, contextWidth, models });
    timesPerImage[model.signature.role] = model.timesPerImage;
    const found =
      model.signature.role === "controlledUnet"
        ? residualShapes(model.signature, models, side).map(([channels]) => channels!)
        : made.length > 1
          ? rowsOf(model, made, side)
          : null;
    if (found !== null) {
      if (rowWidths.length > 0 && found.join() !== rowWidths.join())
        throw apart(`The 13 maps have ${rowWidths.join(", ")} channels in one and ${found.join(", ")} in another.`);
      rowWidths = found;
    }
  }
  return { size, contextWidth, rowWidths, timesPerImage };
}

/** Last time of the schedule: hardly anything of a picture is left. */
const LAST_TIME = 999;

/**
 * Share of pure noise in what a UNet answers to it, after `factsOf`. At the last time s = 0.07: a network that predicts ε says about the noise itself, one that
 * predicts v = s ε - n x₀ hardly any of it. null where there is no UNet.
 */
export async function noiseAnswered(
  models: readonly Tried[],
  { size, contextWidth }: Pick<BackboneFacts, "size" | "contextWidth">,
  contexts: Batch | null,
): Promise<number | null> {
  const find = (role: Signature["role"]) => models.find(({ signature }) => signature.role === role);
  const network = find("unet") ?? find("controlledUnet");
  if (network === undefined) return null;
  const side = (size ?? TRIED) / LATENT_FACTOR;
  const random = new Random(0, "backbone noise");
  const latent = zeros([LATENT_CHANNELS, side, side], 2);
  latent.data.forEach((_, at) => (latent.data[at] = random.normal()));
  const { signature } = network;
  const [answer] = await denoise(network as never, {
    latent,
    times: [LAST_TIME, LAST_TIME],
    contexts: contexts ?? zeros([TOKENS, contextWidth], 2),
    ...(signature.role === "controlledUnet" && {
      residuals: residualShapes(signature, models, side).map((shape) => zeros(shape, 2)),
    }),
  });
  const product = (one: Float32Array, other: Float32Array) =>
    one.reduce((sum, value, at) => sum + value * other[at]!, 0);
  return product(answer!.data, latent.data) / product(latent.data, latent.data);
}

interface Settling {
  side: number;
  contextWidth: number;
  models: readonly Tried[];
}

/** Runs a part on two images of two times; what it gave for the first way that it takes. */
async function settleTimes(model: Tried, { side, contextWidth, models }: Settling): Promise<Batch[]> {
  const { signature } = model as OpenPart<Extract<Signature, { time: unknown }>>;
  const { time, sample } = signature;
  const fixed = isOpen(sample.shape[0]!) ? null : sample.shape[0]!;
  const told = time.shape.length === 0 ? 1 : time.shape[0]!;
  const ways = !isOpen(told) ? [told > 1] : fixed === 1 ? [false] : [true, false];
  const count = fixed ?? 2;
  const feeds = {
    latent: zeros([LATENT_CHANNELS, side, side], count),
    times: Array.from({ length: count }, (_, place) => 100 * (place + 1)),
    contexts: zeros([TOKENS, contextWidth], count),
    ...(signature.role === "control" && { hint: zeros([3, side * LATENT_FACTOR, side * LATENT_FACTOR], count) }),
    ...(signature.role === "controlledUnet" && {
      residuals: residualShapes(signature, models, side).map((shape) => zeros(shape, count)),
    }),
  };
  let trouble: unknown = null;
  for (const way of ways) {
    model.timesPerImage = way;
    try {
      return await denoise(model as never, feeds);
    } catch (error) {
      trouble = error;
    }
  }
  const reason = trouble instanceof Error ? trouble.message : String(trouble);
  throw apart(`The ${ROLE_NAMES[signature.role]} does not run on latent images of ${side} × ${side}: ${reason}`);
}

/** Of the ports of a controlled UNet; open sizes as a control network beside it fills them. */
function residualShapes(
  { residuals }: Extract<Signature, { role: "controlledUnet" }>,
  models: readonly Tried[],
  side: number,
): number[][] {
  const rows = models.map(({ signature }) => ("rows" in signature ? signature.rows : null)).find((one) => one !== null);
  return residuals.map(({ shape }, row) => {
    const channels = [shape[1]!, rows?.[row]?.shape[1] ?? ""].find((size) => !isOpen(size)) as number | undefined;
    if (channels === undefined)
      throw apart("The channels of the control ports are told neither by the UNet nor by a control network.");
    const own = side / 2 ** ROW_HALVINGS[row]!;
    return [channels, own, own];
  });
}

function rowsOf({ signature }: Tried, rows: readonly Batch[], side: number): number[] {
  return rows.map(({ shape }, row) => {
    const [channels, height] = shape as [number, number];
    const expected = side / 2 ** ROW_HALVINGS[row]!;
    if (height === expected) return channels;
    throw apart(
      `Output ${row + 1} of the ${ROLE_NAMES[signature.role as "front"]} has a side of ${height} for latent images of ${side}; ${expected} is expected.`,
    );
  });
}

/** Smooth light with a few edges and a little noise: what a VAE should give back. */
export function triedImage(size: number): Batch {
  const random = new Random(0, "backbone trial");
  const data = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++) {
    const [fx, fy] = [random.between(1, 3), random.between(1, 3)];
    for (let pixel = 0; pixel < size * size; pixel++) {
      const [y, x] = [Math.floor(pixel / size) / size, (pixel % size) / size];
      const isInside = Math.hypot(x - 0.5, y - 0.45) < 0.25;
      const light = 0.5 + 0.25 * Math.sin(fx * 3 * x + channel) * Math.cos(fy * 3 * y) + (isInside ? 0.15 : 0);
      data[channel * size * size + pixel] = Math.min(1, Math.max(0, light + 0.01 * random.normal()));
    }
  }
  return { shape: [3, size, size], data };
}

function decibels(one: Float32Array, other: Float32Array): number {
  const error = one.reduce((sum, value, at) => sum + (value - other[at]!) ** 2, 0) / one.length;
  return -10 * Math.log10(Math.max(error, 1e-12));
}

function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Whether latent images come and go scaled, and whether each look draws another. */
export async function factsOfVae(
  models: readonly Tried[],
): Promise<Pick<BackboneFacts, "encodes" | "encoderScales" | "decoderScales" | "roundTrip">> {
  const find = (role: Signature["role"]) =>
    models.find(({ signature }) => signature.role === role) as VaePart | undefined;
  const [encoder, decoder] = [find("vaeEncoder"), find("vaeDecoder")];
  const size = fixedSide((encoder ?? decoder ?? models[0]) as Tried) ?? TRIED;
  // As most exporters write them.
  const usual = { encoderScales: false, decoderScales: false };
  if (encoder === undefined) return { ...usual, encodes: null, roundTrip: null };
  const image = triedImage(size);
  const [once, again] = [await encodedBy(encoder, image), await encodedBy(encoder, image)];
  const [channels, side] = once.shape;
  if ((channels !== LATENT_CHANNELS && channels !== 2 * LATENT_CHANNELS) || side !== size / LATENT_FACTOR) {
    throw apart(
      `The VAE encoder gives [${once.shape.join(", ")}] for an image of ${size} pixels; ${LATENT_CHANNELS} channels (a latent image) or ${2 * LATENT_CHANNELS} (mean and log-variance) of a side of ${size / LATENT_FACTOR} are expected.`,
    );
  }
  const isSame = once.data.every((value, at) => value === again.data[at]);
  const encodes = channels === 2 * LATENT_CHANNELS ? "moments" : isSame ? "images" : "draws";
  const told = latentOf(once, { encoderScales: true });
  const encoderScales = deviationOf(told) < SCALED_BELOW;
  if (decoder === undefined) return { ...usual, encoderScales, encodes, roundTrip: null };
  const latent = { shape: [LATENT_CHANNELS, side!, side!], data: latentOf(once, { encoderScales }) };
  const tries = [];
  for (const decoderScales of [encoderScales, !encoderScales]) {
    const back = await decodedBy(decoder, { decoderScales }, latent);
    if (back.shape.join() !== image.shape.join())
      throw apart(`The VAE decoder gives [${back.shape.join(", ")}] where [${image.shape.join(", ")}] is expected.`);
    tries.push({ decoderScales, roundTrip: decibels(image.data, back.data) });
  }
  const best = tries[1]!.roundTrip > tries[0]!.roundTrip ? tries[1]! : tries[0]!;
  if (best.roundTrip < SAME) {
    throw apart(
      `An image through VAE encoder and decoder comes back with ${best.roundTrip.toFixed(1)} dB; ${SAME} are expected of two that belong together.`,
    );
  }
  return { encodes, encoderScales, ...best };
}

function apart(detail: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: "The parts of the backbone do not fit together.",
    detail,
    hint: "Export all parts from one model for the same image size, as docs/backbones.md says.",
  });
}
