/**
 * @file Redaction: rectangles of the pixels set to one value, in the bytes of the stored file. What was there is gone from them.
 */
import sharp from "sharp";
import { type Frame, suggestWindow } from "../voxels/index.ts";
import { decodeFrame, decodeSource } from "./decode.ts";
import { redactDicom } from "./dicom/redact.ts";
import { encodeThumbnail } from "./encode.ts";
import { requireFormat } from "./identify.ts";
import { within } from "./rectangle.ts";
import type { Rectangle, RedactedSource, RedactRequest } from "./source.ts";
import { unsupportedFile } from "./trouble.ts";

/**
 * The file with the rectangles of one frame, or of all frames, set to `value` (default: what is shown as black). DICOM stays
 * DICOM with its header; JPEG and PNG become PNG, all other pixels as they were decoded. Throws `Problem`
 * "unsupported-file" for files whose pixels cannot be changed alone.
 */
export async function redactSource(bytes: Uint8Array, request: RedactRequest): Promise<RedactedSource> {
  const { fileName } = request;
  const format = requireFormat(bytes, fileName);
  const frame = await decodeFrame(bytes, request);
  const value = request.value ?? blackOf(frame);
  let redacted: Uint8Array;
  if (format === "dicom") redacted = redactDicom(bytes, { ...request, value });
  else if (format === "nifti" || format === "nrrd") {
    throw unsupportedFile(
      fileName,
      "Volumes are not redacted: their slices are stored as they were computed.",
      "Redact the volume with the tool that made it, and import it again.",
    );
  } else redacted = await encodeExact(withRectangles(frame, request.rectangles, value), fileName);
  const { frames } = await decodeSource(redacted, { fileName });
  const middle = frames[frames.length >> 1]!;
  return { bytes: redacted, thumbnail: await encodeThumbnail(middle, suggestWindow(middle)) };
}

/** The darkest sample of the frame as it is shown. */
function blackOf({ data, photometric }: Frame): number {
  const darkest = photometric === "MONOCHROME1" ? Math.max : Math.min;
  let black = data[0]!;
  for (const sample of data) black = darkest(black, sample);
  return black;
}

function withRectangles(frame: Frame, rectangles: readonly Rectangle[], value: number): Frame {
  const data = frame.data.slice();
  const { width, height, channels } = frame;
  for (const each of rectangles) {
    const { left, top, right, bottom } = within(each, width, height);
    for (let y = top; y < bottom; y++) data.fill(value, (y * width + left) * channels, (y * width + right) * channels);
  }
  return { ...frame, data };
}

/** A PNG that decodes to the same frame; checked, for there are gray depths that it could not keep. */
async function encodeExact(frame: Frame, fileName: string): Promise<Uint8Array> {
  const { data, width, height, channels, window } = frame;
  if (window === null && (data instanceof Uint8Array || data instanceof Uint16Array)) {
    const gray = data instanceof Uint16Array ? "grey16" : "b-w";
    const color = data instanceof Uint16Array ? "rgb16" : "srgb";
    const png = await sharp(data, { raw: { width, height, channels } })
      .toColourspace(channels === 1 ? gray : color)
      .png({ palette: false })
      .toBuffer();
    const again = await decodeFrame(png, { fileName, frame: 0 });
    if (Buffer.compare(Buffer.from(bytesOf(again)), Buffer.from(bytesOf(frame))) === 0) return png;
  }
  throw unsupportedFile(
    fileName,
    "Its pixels cannot be written again without change.",
    "Cover the text with another program, and import the image again.",
  );
}

function bytesOf({ data }: Frame): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
