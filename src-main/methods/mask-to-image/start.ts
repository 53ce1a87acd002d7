/** @file Whether a training that paints may start from the weights of an earlier one, and with which of them. */
import type { ChannelCount } from "../../dataset/index.ts";
import type { State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { readNetwork } from "../segmentation-model/model-file.ts";
import { checkClasses, mismatch } from "../segmentation-model/start.ts";
import { NETWORKS, type SynthesisShape } from "./networks.ts";
import { readSynthesisDescription, type SynthesisDescription } from "./synthesis-file.ts";

export interface Wanted extends Pick<SynthesisDescription, "classes" | "channels" | "size"> {
  /** null: this training paints nothing. */
  generator: SynthesisDescription["generator"] | null;
  /** null: weights of an earlier one are not gone on with. */
  discriminatorWidth: number | null;
  /** Absent: it outlines nothing. */
  segmenter?: SynthesisShape["segmenter"];
}

export interface Start {
  /** To train with. */
  channels: ChannelCount;
  tensors: State;
}

/**
 * `from`: what `weights` of a training of the same method gave. The networks of it that this training has as well, each as it was; what it does not hold
 * begins anew. Throws `Problem` where they do not fit the classes, images or settings.
 */
export function startFrom(from: Uint8Array, wanted: Wanted): Start {
  const { tensors, metadata } = decodeSafetensors(from);
  const model = readSynthesisDescription(metadata);
  const settings = JSON.parse(metadata["settings"] ?? "{}") as Readonly<Record<string, unknown>>;
  checkClasses(model.classes, wanted.classes);
  if (model.channels < wanted.channels) {
    throw mismatch("It was trained on gray images only; the training images have color.");
  }
  const holds = (network: string): boolean => Object.keys(tensors).some((name) => name.startsWith(`${network}.`));
  const taken: string[] = [];
  if (wanted.segmenter !== undefined) {
    checkSegmenter(readNetwork(metadata), settings["activation"], wanted.segmenter);
    taken.push(NETWORKS.segmenter);
  }
  if (wanted.generator !== null && holds(NETWORKS.generator)) {
    checkGenerator(model, { ...wanted, generator: wanted.generator });
    taken.push(NETWORKS.generator, NETWORKS.architecture);
    if (wanted.discriminatorWidth !== null) {
      checkSame("Width of the discriminator", settings["discriminatorWidth"], wanted.discriminatorWidth);
      taken.push(NETWORKS.discriminator);
    }
  }
  const own = Object.entries(tensors).filter(([name]) => taken.some((network) => name.startsWith(`${network}.`)));
  return { channels: model.channels, tensors: Object.fromEntries(own) as State };
}

function checkSegmenter(
  has: SynthesisDescription["segmenter"] | null,
  activation: unknown,
  { network = "unet", ...wanted }: SynthesisShape["segmenter"],
): void {
  checkSame("Segmenter", has?.network ?? "unet", network);
  checkSame("Network width", has?.width, wanted.width);
  if (network !== "unet") return;
  checkSame("Network depth", has?.depth, wanted.depth);
  checkSame("Activation", activation ?? wanted.activation, wanted.activation);
}

/** Another size has other levels of resolution: it is another network. */
function checkGenerator(
  model: SynthesisDescription,
  { size, generator }: Pick<SynthesisDescription, "size" | "generator">,
): void {
  checkSame("Image size", model.size, size);
  checkSame("Width of the generator", model.generator.width, generator.width);
  checkSame("Widest level of the generator", model.generator.widest, generator.widest);
  checkSame("Searched half", model.generator.search, generator.search);
  if (model.kept === null || model.kept === undefined) return;
  throw mismatch("Each cell of its generator was cut to the strongest kernel: there is no mixture to go on from.");
}

function checkSame(what: string, has: unknown, wanted: unknown): void {
  if (has !== wanted) throw mismatch(`${what}: it has ${String(has)}; the setting is ${String(wanted)}.`);
}
