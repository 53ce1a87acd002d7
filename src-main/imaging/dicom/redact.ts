/**
 * @file Redaction of native (uncompressed) DICOM pixel data in place: the header stays as it is. PS3.5 8.1.
 */
import { within } from "../rectangle.ts";
import type { RedactRequest } from "../source.ts";
import { unsupportedFile } from "../trouble.ts";
import { readImagePixel } from "./image-pixel.ts";
import { parseDicom } from "./parse.ts";
import { isNative } from "./transfer-syntaxes.ts";

type Put = (view: DataView, offset: number, value: number) => void;
const cells: Readonly<Record<string, Put>> = {
  integer8: (view, offset, value) => view.setUint8(offset, value),
  integer16: (view, offset, value) => view.setUint16(offset, value, true),
  integer32: (view, offset, value) => view.setUint32(offset, value, true),
  float32: (view, offset, value) => view.setFloat32(offset, value, true),
};

/** A copy of the file with the rectangles set; files as import stores them, and other little-endian native ones. */
export function redactDicom(bytes: Uint8Array, request: RedactRequest & { value: number }): Uint8Array {
  const { fileName, frame, rectangles, value, allFrames } = request;
  const { dataSet, syntax } = parseDicom(bytes, fileName);
  const pixel = readImagePixel(dataSet, fileName);
  const put = cells[`${pixel.isFloat ? "float" : "integer"}${pixel.bitsAllocated}`];
  const isPlain = isNative(syntax) && !syntax.isBigEndian && !syntax.isDeflated && !pixel.isExtracted;
  const isDirect = /^(MONOCHROME[12]|RGB)$/.test(pixel.photometric);
  if (put === undefined || !isPlain || !isDirect || dataSet.elements["x00283000"] !== undefined) {
    throw unsupportedFile(
      fileName,
      `It was kept with its header, as ${syntax.name}: its pixels cannot be changed in place.`,
      "Import it again with de-identification into a new project, and redact it there.",
    );
  }
  const { width, height, channels, frameCount, isPlanar, element } = pixel;
  const redacted = bytes.slice();
  const view = new DataView(redacted.buffer);
  const size = pixel.bitsAllocated / 8;
  const chosen = allFrames ? Array.from({ length: frameCount }, (_, index) => index) : [frame];
  for (const index of chosen) {
    for (const each of rectangles) {
      const { left, top, right, bottom } = within(each, width, height);
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          for (let channel = 0; channel < channels; channel++) {
            const place = y * width + x;
            const sample = isPlanar ? channel * width * height + place : place * channels + channel;
            put(view, element.dataOffset + (index * width * height * channels + sample) * size, value);
          }
        }
      }
    }
  }
  return redacted;
}
