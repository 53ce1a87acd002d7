/**
 * @file Frames that are encapsulated without being coded as pictures: as they are, or deflated. PS3.5 A.4.11, A.4.13.
 */
import { inflateRawSync } from "node:zlib";
import { CannotDecode, type DecodeCodestream, type FrameDecoder } from "./codec.ts";

/** Encapsulated Uncompressed Explicit VR Little Endian. */
export const nativeFrame: FrameDecoder = {
  name: "uncompressed frame",
  load: () => Promise.resolve((codestream, expected) => toCells(codestream, expected)),
};

/** Deflated Image Frame Compression. */
export const deflatedFrame: FrameDecoder = {
  name: "deflated frame",
  load: () =>
    Promise.resolve((codestream, expected) => {
      let plain: Uint8Array;
      try {
        const { buffer, byteOffset, byteLength } = inflateRawSync(codestream, {
          maxOutputLength: bytesOf(expected) + 1,
        });
        // `slice` of a Node Buffer shares memory, here with what is inflated next; that of a Uint8Array copies.
        plain = new Uint8Array(buffer, byteOffset, byteLength);
      } catch {
        throw new CannotDecode("its deflated frame is broken or larger than its pixels");
      }
      return toCells(plain, expected);
    }),
};

function bytesOf({ width, height, channels, bitsAllocated }: Parameters<DecodeCodestream>[1]): number {
  return Math.ceil((width * height * channels * bitsAllocated) / 8);
}

const toCells: DecodeCodestream = (content, expected) => {
  const length = bytesOf(expected);
  if (content.length < length) throw new CannotDecode(`its frame has ${content.length} bytes, ${length} are needed`);
  const bytes = content.slice(0, length);
  const { bitsAllocated } = expected;
  const cells =
    bitsAllocated <= 8 ? bytes : bitsAllocated === 16 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  return { cells, precision: bitsAllocated, isSigned: null, isPlanar: null, colors: null };
};
