/** @file The networks of Siamese-Diffusion, as its programs call them, and what a latent image is. */
import {
  add,
  clip,
  concat,
  constant,
  depthToSpace,
  div,
  exp,
  mul,
  oneHot,
  slice,
  spaceToDepth,
  sub,
  type Init,
  type Scope,
  type Tensor,
} from "../../engine/index.ts";
import {
  controlBranch,
  type DenoiserInput,
  type DenoiserShape,
  fanInUniformShare,
  filled,
  hint,
  klDecoder,
  klEncoder,
} from "../../networks/index.ts";
import { factorOf, FACTORS, FAMILY, latentShape, type SiameseShape } from "./shape.ts";

export { type Adapter, type DenoiserName, factorOf, halvingsOf, latentShape, type SiameseShape } from "./shape.ts";

/** First part of the parameters' names. `control` holds the hint, its encoder and the outlets. */
export const NETWORKS = { encoder: "encoder", decoder: "decoder", control: "control", codec: "codec" } as const;
export type NetworkName = keyof typeof NETWORKS;

/** Of the average of a network's weights. */
export const averageOf = (network: string): string => `${network}Average`;

/** Of the table of conditions: none, and "an image of this set". */
export const CONDITIONS = { none: 0, set: 1 } as const;

/** Latent images are brought to mean 0 and deviation 1: (z - mean of its channel) · factor. */
export interface LatentScale {
  mean: readonly number[];
  factor: number;
}

export function denoiserShape(shape: SiameseShape): DenoiserShape {
  const { width, multipliers } = FAMILY[shape.denoiser];
  return { latentChannels: latentShape(shape)[0]!, width, multipliers, conditions: Object.keys(CONDITIONS).length };
}

/** Latent images [N, C, H, W] of images [N, channels, S, S] in [0, 1], before they are scaled; for the autoencoder a draw by `noise`, or else its mean. */
export function rawLatent(codec: Scope, image: Tensor, { adapter }: SiameseShape, noise?: Tensor): Tensor {
  const centered = sub(mul(image, 2), 1);
  if (adapter === "autoencoder") {
    const { mean, logVariance } = klEncoder(codec.at("encoder"), centered);
    return noise === undefined ? mean : add(mean, mul(exp(mul(logVariance, 0.5)), noise));
  }
  return adapter === "identity" ? centered : spaceToDepth(centered, { factor: FACTORS[adapter], order: "CRD" });
}

const column = (values: readonly number[]): Tensor => constant(values, { shape: [1, values.length, 1, 1] });

export function scaledLatent(raw: Tensor, { mean, factor }: LatentScale): Tensor {
  return mul(sub(raw, column(mean)), factor);
}

/** Images in [0, 1] of scaled latent ones. */
export function pictureOf(
  codec: Scope,
  latent: Tensor,
  { adapter, channels }: SiameseShape,
  scale: LatentScale,
): Tensor {
  const raw = add(div(latent, scale.factor), column(scale.mean));
  const centered =
    adapter === "autoencoder"
      ? klDecoder(codec.at("decoder"), raw, channels)
      : adapter === "identity"
        ? raw
        : depthToSpace(raw, { factor: FACTORS[adapter], order: "CRD" });
  return clip(mul(add(centered, 1), 0.5), { min: 0, max: 1 });
}

/** Planes of a hint: an image has one per channel, a mask one per class; the fewer of them are repeated in turn. */
const hintPlanes = ({ channels, classes }: SiameseShape): number => Math.max(channels, classes);

function repeatedPlanes(picture: Tensor, planes: number): Tensor {
  const own = picture.shape[1]!;
  if (own === planes) return picture;
  const plane = (index: number) => slice(picture, { axes: [1], starts: [index % own], ends: [(index % own) + 1] });
  return concat(
    Array.from({ length: planes }, (_, index) => plane(index)),
    { axis: 1 },
  );
}

/** Label maps [N, S, S] of class numbers -> planes of 0 and 1. With one class: its mask, once per channel of the images. */
export function hintOfMask(labelMap: Tensor, shape: SiameseShape): Tensor {
  const all = oneHot(labelMap, { classes: 1 + shape.classes, axis: 1 });
  const masks = slice(all, { axes: [1], starts: [1], ends: [1 + shape.classes] });
  return repeatedPlanes(masks, hintPlanes(shape));
}

/** Images [N, channels, S, S], in [0, 1] as masks are. */
export function hintOfImage(image: Tensor, shape: SiameseShape): Tensor {
  return repeatedPlanes(image, hintPlanes(shape));
}

/** Share of the usual start at which outlets begin. */
const SMALL = 0.3;

const outletInit = ({ outlets }: SiameseShape): Init => (outlets === "zero" ? filled(0) : fanInUniformShare(SMALL));

/** A hint at the size of the latent image: what of it hangs neither on time nor on noise. */
export function readHint(control: Scope, picture: Tensor, shape: SiameseShape): Tensor {
  const { width, hintWidth } = FAMILY[shape.denoiser];
  const options = { kind: shape.hint, width: hintWidth, halvings: Math.log2(factorOf(shape)), channels: width };
  return hint(control.at("hint"), picture, { ...options, outlet: outletInit(shape) });
}

/** Residuals for every row of the encoder, the middle last. */
export function controlMaps(control: Scope, input: DenoiserInput, read: Tensor, shape: SiameseShape): Tensor[] {
  return controlBranch(control, input, read, denoiserShape(shape), outletInit(shape));
}
