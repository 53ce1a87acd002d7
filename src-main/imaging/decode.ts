/**
 * @file Bytes of an image file to frames. Runs where untrusted bytes may be parsed: in a decoding process, or in tests.
 */
import { Problem } from "../problem/index.ts";
import { type Frame, suggestWindow } from "../voxels/index.ts";
import { type AttributeCount, type Deidentification, unkeyedDeidentification } from "./deidentify-options.ts";
import { openDicom } from "./dicom/index.ts";
import { encodeThumbnail } from "./encode.ts";
import { requireFormat } from "./identify.ts";
import { decodeJpeg, decodePng } from "./raster.ts";
import { jpegMetadata, pngMetadata } from "./raster-metadata.ts";
import type {
  DecodedSource,
  FrameSummary,
  InspectedSource,
  InspectRequest,
  SourceFormat,
  SourceInstance,
  SourceName,
} from "./source.ts";

interface OpenSource {
  format: SourceFormat;
  frameCount: number;
  modality: string | null;
  patientKey: string | null;
  frame(index: number): Frame;
  storedBytes(options: Deidentification): { bytes: Uint8Array; attributes: AttributeCount[] };
  instance(options: Deidentification): SourceInstance | null;
}

async function openSource(file: Uint8Array, fileName: string): Promise<OpenSource> {
  // A Node Buffer is a Uint8Array whose `slice` shares memory; the decoders rely on the standard one, which copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const format = requireFormat(bytes, fileName);
  if (format === "dicom") {
    const dicom = await openDicom(bytes, fileName);
    return { format, ...dicom, storedBytes: (options) => dicom.deidentified(options) };
  }
  const { frame, bare } = await (format === "png" ? decodePng : decodeJpeg)(bytes, fileName);
  return {
    format,
    frameCount: 1,
    modality: null,
    patientKey: null,
    frame: () => frame,
    storedBytes: () => ({ bytes: bare, attributes: (format === "png" ? pngMetadata : jpegMetadata)(bytes) }),
    instance: () => null,
  };
}

/** Decodes all frames of a PNG, JPEG or DICOM file. Throws `Problem`. */
export async function decodeSource(bytes: Uint8Array, { fileName }: SourceName): Promise<DecodedSource> {
  const { format, frameCount, modality, patientKey, frame } = await openSource(bytes, fileName);
  const frames = Array.from({ length: frameCount }, (_, index) => frame(index));
  return { format, frames, modality, patientKey };
}

/** Decodes one frame, counted from 0. Throws `Problem`, "not-found" when there is no such frame. */
export async function decodeFrame(
  bytes: Uint8Array,
  { fileName, frame: index }: SourceName & { frame: number },
): Promise<Frame> {
  const { frameCount, frame } = await openSource(bytes, fileName);
  if (!Number.isInteger(index) || index < 0 || index >= frameCount) {
    throw new Problem({
      code: "not-found",
      title: `${fileName}: there is no frame ${index + 1}.`,
      detail: `The file has ${frameCount}.`,
    });
  }
  return frame(index);
}

/** What import needs: all frames are decoded once, to be sure that they can be, but not kept. Throws `Problem`. */
export async function inspectSource(
  bytes: Uint8Array,
  { fileName, deidentify = unkeyedDeidentification }: InspectRequest,
): Promise<InspectedSource> {
  const { format, frameCount, modality, patientKey, frame, storedBytes, instance } = await openSource(bytes, fileName);
  const frames: FrameSummary[] = [];
  let thumbnail: Uint8Array | null = null;
  for (let index = 0; index < frameCount; index++) {
    const decoded = frame(index);
    const { data: _, ...described } = decoded;
    const suggestedWindow = suggestWindow(decoded);
    frames.push({ ...described, suggestedWindow });
    if (index === frameCount >> 1) thumbnail = await encodeThumbnail(decoded, suggestedWindow);
  }
  const { bytes: stored, attributes } = storedBytes(deidentify);
  return {
    format,
    modality,
    patientKey,
    frames,
    thumbnail: thumbnail!,
    storedBytes: stored,
    attributes,
    instance: instance(deidentify),
  };
}
