/**
 * @file JPEG baseline, extended and progressive with 8 bits, by libjpeg-turbo.
 */
import { CannotDecode, requireSameSize } from "./codec.ts";
import { EOI, type JpegHeader, readJpegHeader, SOF } from "./jpeg-header.ts";
import { wasmDecoder } from "./wasm.ts";

export const libjpegTurbo = wasmDecoder(
  { name: "libjpeg-turbo", path: "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs", className: "JPEGDecoder" },
  (run) => (codestream, expected) => {
    const header = readJpegHeader(codestream);
    const { process, precision, width, height, components } = header;
    if (precision !== 8) throw new CannotDecode(`its JPEG precision is ${precision} bits, not 8`);
    if (process !== SOF.baseline && process !== SOF.extended && process !== SOF.progressive) {
      throw new CannotDecode("its JPEG process is not DCT with Huffman coding");
    }
    // It fills what is missing of a cut codestream with gray; our own decoder notices.
    if (!hasEnd(codestream)) throw new CannotDecode("its codestream has no end marker");
    requireSameSize({ width, height, channels: components.length }, expected);
    const isColor = components.length === 3;
    const { info, bytes } = run(isColor ? withoutColorTransform(codestream, header) : codestream);
    if (info.componentCount !== components.length || bytes.length !== width * height * components.length) {
      throw new CannotDecode("the decoder gave another number of samples");
    }
    return { cells: bytes.slice(), precision, isSigned: null, isPlanar: false, colors: header.colors };
  },
);

/** EOI, searched from the end: padding may follow it, and coded data holds no marker. */
function hasEnd(codestream: Uint8Array): boolean {
  let at = codestream.lastIndexOf(EOI);
  while (at > 0 && codestream[at - 1] !== 0xff) at = codestream.lastIndexOf(EOI, at - 1);
  return at > 0;
}

/** Adobe's APP14 segment, transform 0: three channels are not converted. */
const adobeSegment = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/**
 * libjpeg guesses colors from markers and would convert; DICOM says them in Photometric Interpretation. So the codestream's own marks
 * are replaced by one that says: leave the channels as they are.
 */
function withoutColorTransform(codestream: Uint8Array, { colorSegments }: JpegHeader): Uint8Array {
  const parts = [codestream.subarray(0, 2), adobeSegment];
  let position = 2;
  for (const { start, end } of colorSegments) {
    parts.push(codestream.subarray(position, start));
    position = end;
  }
  parts.push(codestream.subarray(position));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
