/**
 * @file Bytes of an image file to frames. Runs where untrusted bytes may be parsed: in a decoding process, or in tests.
 */
import { Problem } from "../problem/index.ts";
import { type Frame, suggestWindow } from "../voxels/index.ts";
import { openDicom } from "./dicom/index.ts";
import { encodeThumbnail } from "./encode.ts";
import { requireFormat } from "./identify.ts";
import { openNifti, storeAsNifti } from "./nifti/index.ts";
import { decodeJpeg, decodePng } from "./raster.ts";
import type {
  DecodedSource,
  FrameSummary,
  InspectedSource,
  SourceFormat,
  SourceInstance,
  SourceRequest,
} from "./source.ts";
import { sliceVolume } from "./volume/slices.ts";
import type { Volume } from "./volume/volume.ts";

interface OpenSource {
  format: SourceFormat;
  frameCount: number;
  modality: string | null;
  patientKey: string | null;
  frame(index: number): Frame;
  storedBytes(): Uint8Array;
  /** The frame as a file of its own; where there, frames are stored so. */
  storedFrame?(index: number): Uint8Array;
  instance: SourceInstance | null;
}

/** What formats that tell of no patient have in common. */
const anonymous = { modality: null, patientKey: null, instance: null } as const;

function openVolume(format: SourceFormat, volume: Volume, { plane }: SourceRequest): OpenSource {
  const slices = sliceVolume(volume, plane);
  return {
    format,
    ...anonymous,
    ...slices,
    storedBytes: () => new Uint8Array(0),
    storedFrame: (index) => storeAsNifti(slices.alone(index)),
  };
}

async function openSource(file: Uint8Array, request: SourceRequest): Promise<OpenSource> {
  const { fileName } = request;
  // A Node Buffer is a Uint8Array whose `slice` shares memory; the decoders rely on the standard one, which copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const format = requireFormat(bytes, fileName);
  if (format === "dicom") {
    const dicom = openDicom(bytes, fileName);
    return { format, ...dicom, storedBytes: dicom.deidentified };
  }
  if (format === "nifti") return openVolume(format, await openNifti(bytes, fileName), request);
  const { frame, bare } = await (format === "png" ? decodePng : decodeJpeg)(bytes, fileName);
  return { format, frameCount: 1, ...anonymous, frame: () => frame, storedBytes: () => bare };
}

/** Decodes all frames of an image file. Throws `Problem`. */
export async function decodeSource(bytes: Uint8Array, request: SourceRequest): Promise<DecodedSource> {
  const { format, frameCount, modality, patientKey, frame } = await openSource(bytes, request);
  const frames = Array.from({ length: frameCount }, (_, index) => frame(index));
  return { format, frames, modality, patientKey };
}

/** Decodes one frame, counted from 0. Throws `Problem`, "not-found" when there is no such frame. */
export async function decodeFrame(
  bytes: Uint8Array,
  { frame: index, ...request }: SourceRequest & { frame: number },
): Promise<Frame> {
  const { fileName } = request;
  const { frameCount, frame } = await openSource(bytes, request);
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
export async function inspectSource(bytes: Uint8Array, request: SourceRequest): Promise<InspectedSource> {
  const source = await openSource(bytes, request);
  const { format, frameCount, modality, patientKey, frame, storedFrame, instance } = source;
  const frames: FrameSummary[] = [];
  const storedFrames: Uint8Array[] = [];
  let thumbnail: Uint8Array | null = null;
  for (let index = 0; index < frameCount; index++) {
    const decoded = frame(index);
    const { data: _, ...described } = decoded;
    const suggestedWindow = suggestWindow(decoded);
    frames.push({ ...described, suggestedWindow });
    if (storedFrame !== undefined) storedFrames.push(storedFrame(index));
    if (index === frameCount >> 1) thumbnail = await encodeThumbnail(decoded, suggestedWindow);
  }
  const storedBytes = source.storedBytes();
  const inspected = { format, modality, patientKey, frames, thumbnail: thumbnail!, storedBytes, instance };
  return storedFrame === undefined ? inspected : { ...inspected, storedFrames };
}
