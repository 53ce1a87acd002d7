/**
 * @file RLE Lossless. DICOM PS3.5 annex G.
 */
import { CannotDecode, type DecodeCodestream, type FrameDecoder } from "./codec.ts";

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;
const BEST_RATIO = 64;

export const rle: FrameDecoder = { name: "RLE", load: () => Promise.resolve(decodeRle) };

/** One segment for each byte of a composite pixel code, most significant first, channel by channel. G.2. */
const decodeRle: DecodeCodestream = (codestream, { width, height, channels, bitsAllocated }) => {
  if (codestream.length < HEADER_BYTES) throw new CannotDecode("its RLE header is cut off");
  const view = new DataView(codestream.buffer, codestream.byteOffset, codestream.byteLength);
  const isPacked = bitsAllocated === 1;
  const bytes = isPacked ? 1 : bitsAllocated / 8;
  const segments = view.getUint32(0, true);
  if (segments !== channels * bytes || segments > MAX_SEGMENTS) {
    throw new CannotDecode(`it has ${segments} RLE segments where ${channels * bytes} are needed`);
  }
  const plane = isPacked ? Math.ceil((width * height) / 8) : width * height;
  // Two bytes stand for 128 at most (G.3.1): more pixels cannot be there, and no memory is taken for them.
  if (plane * segments > BEST_RATIO * codestream.length) {
    throw new CannotDecode(`its ${codestream.length} bytes of RLE are too few for ${plane * segments} bytes of pixels`);
  }
  const cells = new Uint8Array(plane * segments);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : codestream.length;
    if (start < HEADER_BYTES || end < start || end > codestream.length) {
      throw new CannotDecode(`the offset of RLE segment ${segment + 1} is outside the frame`);
    }
    const channel = Math.floor(segment / bytes);
    const byte = bytes - 1 - (segment % bytes); // little-endian cells
    unpackBits(codestream.subarray(start, end), cells, { first: channel * plane * bytes + byte, step: bytes, plane });
  }
  return {
    cells: bytes === 1 ? cells : bytes === 2 ? new Uint16Array(cells.buffer) : new Uint32Array(cells.buffer),
    precision: bitsAllocated,
    isSigned: null,
    isPlanar: true,
    colors: null,
  };
};

/** G.3.1; every `step`-th byte from `first` on, `plane` in all. A literal run may be cut by the end of the plane. */
function unpackBits(
  source: Uint8Array,
  target: Uint8Array,
  { first, step, plane }: { first: number; step: number; plane: number },
): void {
  let position = 0;
  let written = 0;
  while (written < plane) {
    if (position >= source.length) throw new CannotDecode("an RLE segment ends before its last pixel");
    const control = source[position++]!;
    if (control === 128) continue;
    if (control < 128) {
      const count = Math.min(control + 1, plane - written);
      if (position + count > source.length) throw new CannotDecode("an RLE segment ends before its last pixel");
      for (let index = 0; index < count; index++) target[first + step * (written + index)] = source[position + index]!;
      position += control + 1;
      written += count;
    } else {
      const count = Math.min(257 - control, plane - written);
      if (position >= source.length) throw new CannotDecode("an RLE segment ends before its last pixel");
      const value = source[position++]!;
      if (step === 1) target.fill(value, first + written, first + written + count);
      else for (let index = 0; index < count; index++) target[first + step * (written + index)] = value;
      written += count;
    }
  }
}
