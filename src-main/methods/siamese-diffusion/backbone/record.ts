/**
 * @file What is known of a person's Stable Diffusion backbone once it was looked at: its parts by the digests of their files, never where they lie. Light:
 * the main process keeps it, project files and bundles hold it.
 */

import { Problem } from "../../../problem/index.ts";

/** Numbers of a latent image, and by how much its sides are smaller. Of Stable Diffusion 1. */
export const LATENT_CHANNELS = 4;
export const LATENT_FACTOR = 8;
/** The latent image is halved three times on the way down. */
export const SIZE_MULTIPLE = LATENT_FACTOR * 8;
/** Tokens of a text. */
export const TOKENS = 77;
/** By how much the deviation of latent images is brought near 1. */
export const LATENT_SCALE = 0.18215;
/** Halvings of the latent image at each row of the encoder, the middle last: what the shapes of 13 ports are checked against. */
export const ROW_HALVINGS = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3] as const;

export type PartRole =
  | "textEncoder"
  | "vaeEncoder"
  | "vaeDecoder"
  | "unet"
  | "controlledUnet"
  | "front"
  | "control"
  | "contexts"
  | "tokenizer";

export interface PartFile {
  /** Within the folder. */
  name: string;
  bytes: number;
  sha256: string;
}

export interface BackbonePart {
  role: PartRole;
  /** The model first, then the files that it keeps numbers in. */
  files: readonly PartFile[];
  /** For networks: what it takes and gives, in words. */
  ports: string;
}

export interface BackboneFacts {
  /** Side of images, where the files fix it. */
  size: number | null;
  /** Length of the vector of a token. */
  contextWidth: number;
  /** Channels of the 13 rows; empty where no part has them. */
  rowWidths: readonly number[];
  /** Whether these compute with latent images that are scaled already. */
  encoderScales: boolean;
  decoderScales: boolean;
  /** What the encoder gives. "draws": another one each time. */
  encodes: "moments" | "images" | "draws" | null;
  /** Of an image through encoder and decoder, dB. */
  roundTrip: number | null;
  /**
   * Share of pure noise that the UNet answers it with: near 1 where it predicts the noise ε, which is what it is asked for here; near 0 where it predicts v.
   * null without a UNet; left out of what was looked at before this was tried.
   */
  noiseAnswered?: number | null;
  /** By role: whether each image of a batch may have a time of its own. */
  timesPerImage: Readonly<Partial<Record<PartRole, boolean>>>;
}

export interface BackboneRecord {
  /** Of what it holds: the same files and prompt have the same id everywhere. */
  id: string;
  /** Of the person's own choosing: the folder's. */
  name: string;
  /** What a text encoder is asked; null with contexts from a file. */
  prompt: string | null;
  parts: readonly BackbonePart[];
  facts: BackboneFacts;
}

/** What can be done with a backbone. */
export type BackboneUse = "text" | "control" | "train";

/** Parts that a use needs; of several in a row any. */
export const NEEDS: Readonly<Record<BackboneUse, readonly (readonly PartRole[])[]>> = {
  text: [["unet", "controlledUnet"], ["vaeDecoder"], ["contexts", "textEncoder"]],
  control: [["controlledUnet"], ["control"], ["vaeDecoder"], ["contexts", "textEncoder"]],
  train: [["front"], ["vaeEncoder"], ["vaeDecoder"], ["contexts", "textEncoder"]],
};

export const USE_NAMES: Readonly<Record<BackboneUse, string>> = {
  text: "paint from its text alone",
  control: "paint for masks with a control network of its own",
  train: "train siamese-diffusion on it",
};

export const ROLE_NAMES: Readonly<Record<PartRole, string>> = {
  textEncoder: "text encoder",
  vaeEncoder: "VAE encoder",
  vaeDecoder: "VAE decoder",
  unet: "UNet",
  controlledUnet: "UNet with 13 control ports",
  front: "front half of the UNet with 13 outputs",
  control: "control network with 13 outputs",
  contexts: "contexts of prompt and empty text",
  tokenizer: "vocab.json and merges.txt of the tokenizer",
};

type Parted = Pick<BackboneRecord, "parts">;

export function partOf({ parts }: Parted, role: PartRole): BackbonePart | undefined {
  return parts.find((part) => part.role === role);
}

/** Parts that are missing for a use, in words; empty: it can be done. */
export function missingFor(backbone: Parted, use: BackboneUse): string[] {
  return NEEDS[use]
    .filter((roles) => !roles.some((role) => partOf(backbone, role) !== undefined))
    .map((roles) => roles.map((role) => ROLE_NAMES[role]).join(" or "));
}

export function usesOf(backbone: Parted): BackboneUse[] {
  return (Object.keys(NEEDS) as BackboneUse[]).filter((use) => missingFor(backbone, use).length === 0);
}

/** The setting of a training without any. */
export const OWN = "own";

/** Throws `Problem` where there is no backbone with this id on this machine. */
export function requireBackbone<Found>(shelf: { find(id: string): Found | null } | undefined, id: string): Found {
  const found = shelf?.find(id) ?? null;
  if (found !== null) return found;
  throw new Problem({
    code: "not-found",
    title: `There is no backbone ${id} on this computer.`,
    detail: "Its weights are never part of a project or bundle.",
    hint: "Copy its folder here and add it: aliquot backbone add FOLDER. The same files have the same id.",
  });
}

export const bytesOf = ({ files }: Pick<BackbonePart, "files">): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Throws `Problem` for a size that the files cannot take. */
export function checkSize({ facts, name }: BackboneRecord, size: number): void {
  const isFixed = facts.size !== null && facts.size !== size;
  if (!isFixed && size % SIZE_MULTIPLE === 0) return;
  throw new Problem({
    code: "bad-request",
    title: `The backbone ${name} takes no images of ${size} pixels.`,
    detail: isFixed
      ? `Its files are made for images of ${facts.size} pixels.`
      : `The side must be a multiple of ${SIZE_MULTIPLE}.`,
    hint: `Set size to ${facts.size ?? Math.max(1, Math.round(size / SIZE_MULTIPLE)) * SIZE_MULTIPLE}.`,
  });
}

/** Throws `Problem` where a backbone has no front half, or no VAE. */
export function requireTrainable(record: BackboneRecord): void {
  const missing = missingFor(record, "train");
  if (missing.length === 0) return;
  throw new Problem({
    code: "bad-request",
    title: `The backbone ${record.name} cannot be trained on: it has no ${missing.join(", no ")}.`,
    detail: `It has: ${record.parts.map(({ files }) => files[0]!.name).join(", ")}.`,
    hint: "Export the missing part as docs/backbones.md says, and add the folder again.",
  });
}

/** Between a UNet that predicts ε and one that does not. */
const ANSWERS_NOISE = 0.5;

/** What is doubtful about a backbone, in sentences. */
export function remarksOf({ facts: { noiseAnswered } }: Pick<BackboneRecord, "facts">): string[] {
  if (typeof noiseAnswered !== "number" || Math.abs(noiseAnswered - 1) < 1 - ANSWERS_NOISE) return [];
  return [
    `Shown pure noise, its UNet does not answer with that noise (share ${noiseAnswered.toFixed(2)}; near 1 in Stable Diffusion 1.x). ` +
      "It may predict v, as Stable Diffusion 2.x at 768 pixels does: that is not supported, and images would be wrong. Look at some first: aliquot backbone paint.",
  ];
}

/** The sentence for a machine that a run came to without its backbone. */
export function backboneNotHere({ id, name, parts }: BackboneRecord): Problem {
  const networks = parts.map((part) => {
    const [file] = part.files;
    return `${file!.name} (${ROLE_NAMES[part.role]}, ${(bytesOf(part) / 2 ** 20).toFixed(1)} MiB, SHA-256 ${file!.sha256})`;
  });
  return new Problem({
    code: "not-found",
    title: `The backbone ${name} (${id}) is not on this computer.`,
    detail: `It is made of ${networks.join(", ")}.`,
    hint: "Copy its folder here and add it: aliquot backbone add FOLDER. Weights are never part of a project or bundle.",
  });
}
