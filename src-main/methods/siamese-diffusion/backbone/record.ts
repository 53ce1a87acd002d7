/**
 * @file What is known of a person's Stable Diffusion backbone once it was looked at: its parts by the digests of their files, never where they lie. Light:
 * the main process keeps it, project files and bundles hold it.
 */

/** Numbers of a latent image, and by how much its sides are smaller. Of Stable Diffusion 1 and 2. */
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

/** Whether a setting's text may be the id of a backbone. */
export const isBackboneId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

export const bytesOf = ({ files }: Pick<BackbonePart, "files">): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);
