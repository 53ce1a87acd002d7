/**
 * @file JPEG-LS, lossless and near-lossless, by CharLS. ITU-T T.87.
 */
import { CannotDecode, requireSameSize } from "./codec.ts";
import { readJpegHeader, SOF_LS } from "./jpeg-header.ts";
import { type WasmDecoder, wasmDecoder } from "./wasm.ts";

interface JpegLsDecoder extends WasmDecoder {
  /** 0: channel after channel, 1: by line, 2: by sample; the last two come interleaved by pixel. T.87 C.2.3. */
  getInterleaveMode(): number;
}

export const charls = wasmDecoder<JpegLsDecoder>(
  { name: "CharLS", path: "@cornerstonejs/codec-charls/decodewasmjs", className: "JpegLSDecoder" },
  (run) => (codestream, expected) => {
    const { process, precision, width, height, components } = readJpegHeader(codestream);
    if (process !== SOF_LS) throw new CannotDecode("its codestream is not JPEG-LS");
    requireSameSize({ width, height, channels: components.length }, expected);
    const { decoder, bytes } = run(codestream);
    const length = width * height * components.length;
    if (bytes.length !== length * (precision <= 8 ? 1 : 2))
      throw new CannotDecode("the decoder gave another number of samples");
    const copy = bytes.slice();
    return {
      cells: precision <= 8 ? copy : new Uint16Array(copy.buffer),
      precision,
      isSigned: null,
      isPlanar: components.length > 1 && decoder.getInterleaveMode() === 0,
      colors: null,
    };
  },
);
