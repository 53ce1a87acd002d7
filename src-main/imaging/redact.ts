/**
 * @file Redaction: rectangles of the pixels set to one value each, in the bytes of the stored file. What was there is gone from them.
 */
import { isDeepStrictEqual } from "node:util";
import { clipToImage, fillSource, type Frame, suggestWindow } from "../voxels/index.ts";
import { findBurnedIn } from "./burned-in.ts";
import { decodeFrame, openSource } from "./decode.ts";
import { redactDicom } from "./dicom/redact.ts";
import { encodeThumbnail } from "./encode.ts";
import type { RedactedSource, RedactRequest } from "./source.ts";
import { storeFrame } from "./store.ts";
import { unsupportedFile } from "./trouble.ts";

/**
 * The file with the rectangles of one frame, or of all frames, filled. DICOM stays DICOM with its header, a slice of a volume stays
 * NIfTI; pictures become PNG, all other pixels as they were decoded. Throws `Problem`.
 */
export async function redactSource(bytes: Uint8Array, request: RedactRequest): Promise<RedactedSource> {
  const { fileName, allFrames } = request;
  const frame = await decodeFrame(bytes, request);
  const source = await openSource(bytes, request);
  let redacted: Uint8Array;
  if (source.format === "dicom") redacted = await redactDicom(bytes, request);
  else if (source.frameCount > 1) throw manyFrames(fileName);
  else redacted = await storeExactly(withRectangles(frame, request), source.storedFrame ?? storeAs, fileName);
  const after = await openSource(redacted, { fileName });
  const chosen = allFrames ? Array.from({ length: after.frameCount }, (_, index) => index) : [request.frame];
  const findings: RedactedSource["findings"] = [];
  for (const index of chosen) {
    const finding = findBurnedIn(after.burnedInHeader ?? null, await after.frame(index));
    findings.push({ frame: index, finding });
  }
  const middle = await after.frame(after.frameCount >> 1);
  return { bytes: redacted, thumbnail: await encodeThumbnail(middle, suggestWindow(middle)), findings };
}

const storeAs = (_: number, frame: Frame): Promise<Uint8Array> => storeFrame(frame);

function withRectangles(frame: Frame, { rectangles, fill }: RedactRequest): Frame {
  const data = frame.data.slice();
  const { width, channels } = frame;
  for (const each of rectangles) {
    const { left, top, right, bottom } = clipToImage(each, frame);
    const source = fillSource(frame, each, fill);
    const samples = Array.from({ length: channels }, (_, channel) =>
      source.kind === "pixel"
        ? frame.data[source.place * channels + channel]!
        : source.kind === "sample"
          ? source.value
          : 0,
    );
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) data.set(samples, (y * width + x) * channels);
    }
  }
  return { ...frame, data };
}

/** Stores the frame and makes sure that it decodes to the same: nothing else may change. */
async function storeExactly(
  frame: Frame,
  store: (index: number, frame: Frame) => Uint8Array | Promise<Uint8Array>,
  fileName: string,
): Promise<Uint8Array> {
  const stored = await store(0, frame);
  const { data: written, ...after } = await decodeFrame(stored, { fileName, frame: 0 });
  const { data: wanted, ...before } = frame;
  const isSame = Buffer.compare(bytesOf(written), bytesOf(wanted)) === 0 && isDeepStrictEqual(after, before);
  if (isSame) return stored;
  throw unsupportedFile(
    fileName,
    "Its pixels cannot be written again without change.",
    "Cover the text with another program, and import the image again.",
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: Frame["data"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function manyFrames(fileName: string): Error {
  return unsupportedFile(
    fileName,
    "It holds several pictures in one file, which only DICOM files in a project do.",
    "Import it again: its slices or pages are then stored one by one.",
  );
}
