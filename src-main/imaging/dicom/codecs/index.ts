/**
 * @file Which decoders read which transfer syntax, by UID. The first that can, does; when none can, all say why.
 */
import { deflatedFrame, nativeFrame } from "./bare.ts";
import { charls } from "./charls.ts";
import { type DecodedCodestream, type ExpectedFrame, type FrameDecoder, NotSupported } from "./codec.ts";
import { openjpeg, openjph } from "./jpeg-2000.ts";
import { jpegExtended } from "./jpeg-extended.ts";
import { jpegLossless } from "./jpeg-lossless.ts";
import { libjpegTurbo } from "./libjpeg-turbo.ts";
import { rle } from "./rle.ts";

export { CannotDecode, type DecodedCodestream, type ExpectedFrame } from "./codec.ts";

/** Files name the wrong JPEG process now and then; the codestream tells, so all three stand by. */
const jpegByDct = [libjpegTurbo, jpegExtended, jpegLossless];
const jpegWithoutLoss = [jpegLossless, libjpegTurbo, jpegExtended];
const jpeg2000 = [openjpeg, openjph];
const highThroughput = [openjph, openjpeg];

/** PS3.5 annex A.4. */
const decodersByUid: ReadonlyMap<string, FrameDecoder[]> = new Map(
  Object.entries({
    "1.2.840.10008.1.2.1.98": [nativeFrame],
    "1.2.840.10008.1.2.5": [rle],
    "1.2.840.10008.1.2.8.1": [deflatedFrame],
    "1.2.840.10008.1.2.4.50": jpegByDct,
    "1.2.840.10008.1.2.4.51": jpegByDct,
    "1.2.840.10008.1.2.4.53": jpegByDct,
    "1.2.840.10008.1.2.4.55": jpegByDct,
    "1.2.840.10008.1.2.4.57": jpegWithoutLoss,
    "1.2.840.10008.1.2.4.70": jpegWithoutLoss,
    "1.2.840.10008.1.2.4.80": [charls],
    "1.2.840.10008.1.2.4.81": [charls],
    "1.2.840.10008.1.2.4.90": jpeg2000,
    "1.2.840.10008.1.2.4.91": jpeg2000,
    "1.2.840.10008.1.2.4.201": highThroughput,
    "1.2.840.10008.1.2.4.202": highThroughput,
    "1.2.840.10008.1.2.4.203": highThroughput,
  }),
);

/** Their frames may hold any bytes, so that nothing can be told from the first ones. */
const withoutMark = [nativeFrame, deflatedFrame];

/**
 * The transfer syntax whose decoders read this codestream: the claimed one, or the one that the codestream shows where the claim
 * cannot be (headers are wrong more often than bytes); null when there is none.
 */
export function codingOf(uid: string, codestream: Uint8Array): string | null {
  const claimed = decodersByUid.get(uid);
  if (claimed?.some((decoder) => withoutMark.includes(decoder))) return uid;
  const found = recognizeCodestream(codestream);
  if (found === null) return claimed === undefined ? null : uid;
  return claimed?.some((decoder) => decodersByUid.get(found)!.includes(decoder)) ? uid : found;
}

/** Outcome of one frame: the samples, or each decoder's reason, and whether one says that nothing is wrong but the kind. */
export type FrameOutcome = DecodedCodestream | { reasons: string[]; isUnsupported: boolean };

export type DecodeFrame = (codestream: Uint8Array, expected: ExpectedFrame) => FrameOutcome;

/**
 * Loads the decoders of a transfer syntax. They are tried in order for each frame. A decoder that cannot be loaded is a broken
 * installation: that error passes through.
 */
export async function loadDecoders(uid: string): Promise<DecodeFrame> {
  const decoders = decodersByUid.get(uid);
  if (decoders === undefined) throw new RangeError(`dicom: no decoder for ${uid}.`);
  const loaded = await Promise.all(decoders.map(async (decoder) => ({ decoder, decode: await decoder.load() })));
  return (codestream, expected) => {
    const reasons: string[] = [];
    let isUnsupported = false;
    for (const { decoder, decode } of loaded) {
      try {
        return decode(codestream, expected);
      } catch (error) {
        isUnsupported ||= error instanceof NotSupported;
        reasons.push(`${decoder.name}: ${error instanceof Error ? error.message : "failed"}`);
      }
    }
    return { reasons, isUnsupported };
  };
}

/** The transfer syntax that a codestream looks like; null when it is none we know. */
function recognizeCodestream(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0x4f && bytes[2] === 0xff) return "1.2.840.10008.1.2.4.91";
  const isJp2 = bytes.length > 8 && String.fromCharCode(...bytes.subarray(4, 8)) === "jP  ";
  if (isJp2) return "1.2.840.10008.1.2.4.91";
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return null;
  for (let at = 2; at + 3 < bytes.length && bytes[at] === 0xff; at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)) {
    const marker = bytes[at + 1]!;
    if (marker === 0xf7) return "1.2.840.10008.1.2.4.80";
    if (marker === 0xc3) return "1.2.840.10008.1.2.4.57";
    if (marker >= 0xc0 && marker <= 0xc2) return "1.2.840.10008.1.2.4.51";
  }
  return null;
}
