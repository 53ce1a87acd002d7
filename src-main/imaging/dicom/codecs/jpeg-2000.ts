/**
 * @file JPEG 2000 by OpenJPEG, high-throughput JPEG 2000 by OpenJPH. ITU-T T.800, T.814.
 */
import { CannotDecode, type DecodeCodestream, NotSupported, requireSameSize } from "./codec.ts";
import { type WasmDecoder, wasmDecoder, type WasmFrameInfo } from "./wasm.ts";

type Run = (codestream: Uint8Array) => { decoder: WasmDecoder; info: WasmFrameInfo; bytes: Uint8Array };

export const openjpeg = wasmDecoder(
  { name: "OpenJPEG", path: "@cornerstonejs/codec-openjpeg/decodewasmjs", className: "J2KDecoder" },
  decodeWith,
);

export const openjph = wasmDecoder(
  { name: "OpenJPH", path: "@cornerstonejs/codec-openjph/wasmjs", className: "HTJ2KDecoder" },
  decodeWith,
);

/** Tiles make work without making pixels; real images have some thousands at most. */
const MAX_TILES = 65_535;

function decodeWith(run: Run): DecodeCodestream {
  return (codestream, expected) => {
    const bare = codestream.subarray(codestreamStart(codestream));
    const { width, height, channels, precision, isSigned } = readSize(bare);
    if (precision > 16) throw new NotSupported(`its JPEG 2000 precision is ${precision} bits; up to 16 are decoded`);
    requireSameSize({ width, height, channels }, expected);
    // Both wrappers cut negative samples of 8 bits to zero.
    const mustShift = isSigned && precision <= 8;
    const { info, bytes } = run(mustShift ? asUnsigned(bare, channels) : bare);
    if (bytes.length === 0) throw new CannotDecode("its codestream is cut off or broken");
    if (
      info.width !== width ||
      info.height !== height ||
      bytes.length !== width * height * channels * (precision <= 8 ? 1 : 2)
    ) {
      throw new CannotDecode("the decoder gave another number of samples");
    }
    const copy = bytes.slice();
    const middle = 2 ** (precision - 1);
    if (mustShift) for (let index = 0; index < copy.length; index++) copy[index] = copy[index]! - middle;
    return {
      cells: precision <= 8 ? copy : new Uint16Array(copy.buffer),
      precision,
      isSigned,
      isPlanar: false,
      // Undone by the decoder, whatever Photometric Interpretation says.
      colors: hasColorTransform(bare) ? "RGB" : null,
    };
  };
}

/** The same codestream with unsigned samples: they come out greater by half their range. T.800 A.5.1, G.1.2. */
function asUnsigned(codestream: Uint8Array, channels: number): Uint8Array {
  const changed = codestream.slice();
  for (let channel = 0; channel < channels; channel++) changed[42 + 3 * channel]! &= 0x7f;
  return changed;
}

/** Multiple component transformation, in the COD segment of the main header. T.800 A.6.1. */
function hasColorTransform(bytes: Uint8Array): boolean {
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0x90;) {
    if (bytes[at + 1] === 0x52) return bytes[at + 8] === 1;
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return false;
}

/** DICOM wants a bare codestream (PS3.5 A.4.4); some writers wrap it in the JP2 file format: then the content of its box "jp2c". */
function codestreamStart(bytes: Uint8Array): number {
  if (bytes[0] === 0xff && bytes[1] === 0x4f) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a70_3263) return at + 8;
    if (length < 8) break;
    at += length;
  }
  throw new CannotDecode("its codestream is not JPEG 2000");
}

interface CodestreamSize {
  width: number;
  height: number;
  channels: number;
  precision: number;
  isSigned: boolean;
}

/** The SIZ segment, the first of every codestream. T.800 A.5.1. */
function readSize(bytes: Uint8Array): CodestreamSize {
  if (bytes.length < 45 || bytes[2] !== 0xff || bytes[3] !== 0x51) {
    throw new CannotDecode("its JPEG 2000 codestream has no image size");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(8) - view.getUint32(16);
  const height = view.getUint32(12) - view.getUint32(20);
  const tileWidth = view.getUint32(24);
  const tileHeight = view.getUint32(28);
  const channels = view.getUint16(40);
  if (
    tileWidth === 0 ||
    tileHeight === 0 ||
    Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight) > MAX_TILES
  ) {
    throw new CannotDecode("its JPEG 2000 tiles have an impossible size");
  }
  if (channels < 1 || channels > 4 || bytes.length < 42 + 3 * channels) {
    throw new CannotDecode(`its JPEG 2000 codestream has ${channels} channels`);
  }
  const first = bytes[42]!;
  for (let channel = 0; channel < channels; channel++) {
    const at = 42 + 3 * channel;
    if (bytes[at] !== first) throw new CannotDecode("its JPEG 2000 channels differ in precision");
    if (bytes[at + 1] !== 1 || bytes[at + 2] !== 1) throw new CannotDecode("its JPEG 2000 channels are subsampled");
  }
  return { width, height, channels, precision: (first & 0x7f) + 1, isSigned: first >= 0x80 };
}
