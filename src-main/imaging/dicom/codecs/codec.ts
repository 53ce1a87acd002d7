/**
 * @file What a decoder of compressed frames is.
 */

/** What the Image Pixel module says of every frame; a codestream that says otherwise is not decoded. */
export interface ExpectedFrame {
  width: number;
  height: number;
  channels: number;
  bitsAllocated: number;
}

/** Samples of one codestream, before any color conversion. */
export interface DecodedCodestream {
  /** Fresh memory. Cells of 8, 16 or 32 bits; signed numbers are in two's complement of `precision` bits or more. */
  cells: Uint8Array | Uint16Array | Uint32Array;
  /** Bits that a sample has in the codestream. */
  precision: number;
  /** Whether the codestream itself calls its samples signed; null where it cannot say. */
  isSigned: boolean | null;
  /** All of the first channel, then all of the second: as Planar Configuration 1; null: as the data set says. */
  isPlanar: boolean | null;
  /** What the codestream says its three channels are; null: nothing, then the Photometric Interpretation holds. */
  colors: "RGB" | "YBR" | null;
}

export type DecodeCodestream = (codestream: Uint8Array, expected: ExpectedFrame) => DecodedCodestream;

export interface FrameDecoder {
  /** For messages. */
  name: string;
  /** Brings the decoder into memory, once. The function throws `CannotDecode`, or anything when the codestream breaks it. */
  load(): Promise<DecodeCodestream>;
}

/** A decoder's reason; a clause about the codestream, without values of the data set. */
export class CannotDecode extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "CannotDecode";
  }
}

/** The reason when the codestream is sound, but of a kind that no decoder here reads. */
export class NotSupported extends CannotDecode {}

/** Throws `CannotDecode` unless the codestream has the size that the data set tells; before anything is allocated. */
export function requireSameSize(
  found: { width: number; height: number; channels: number },
  expected: ExpectedFrame,
): void {
  const { width, height, channels } = expected;
  if (found.width === width && found.height === height && found.channels === channels) return;
  throw new CannotDecode(
    `its codestream has ${found.width} x ${found.height} x ${found.channels} samples, ` +
      `the data set says ${width} x ${height} x ${channels}`,
  );
}
