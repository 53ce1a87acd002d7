/**
 * @file Bytes of an image file to frames. Runs where untrusted bytes may be parsed: in a decoding process, or in tests.
 */
import { createHash } from "node:crypto";
import { Problem } from "../problem/index.ts";
import { type DisplayWindow, type Frame, suggestWindow } from "../voxels/index.ts";
import { decodeBmp } from "./bmp.ts";
import { type BurnedInHeader, findBurnedIn, warningOf } from "./burned-in.ts";
import { type Deidentification, unkeyedDeidentification } from "./deidentify-options.ts";
import { openDicom } from "./dicom/index.ts";
import { encodeThumbnail } from "./encode.ts";
import { requireFormat } from "./identify.ts";
import { openNifti, storeAsNifti } from "./nifti/index.ts";
import { openNrrd } from "./nrrd/index.ts";
import { decodeJpeg, decodePng, decodeWebp } from "./raster.ts";
import type {
  BurnedInFinding,
  DecodedSource,
  FrameSummary,
  InspectedSource,
  InspectRequest,
  SourceFormat,
  SourceInstance,
  SourceRequest,
} from "./source.ts";
import { storeFrame, type StoredBytes } from "./store.ts";
import { openTiff } from "./tiff/index.ts";
import { sliceVolume } from "./volume/slices.ts";
import type { Volume } from "./volume/volume.ts";

export interface OpenSource {
  format: SourceFormat;
  frameCount: number;
  modality: string | null;
  patientKey: string | null;
  frame(index: number): Frame | Promise<Frame>;
  storedBytes(options: Deidentification): StoredBytes | Promise<StoredBytes>;
  /** Of all frames; where there, it stands for each one's own. */
  suggestedWindow?(): DisplayWindow;
  /** Frames decoded so far had transparent pixels, which are put on black. */
  isOnBlack?(): boolean;
  /** The frame as a file of its own; where there, frames are stored so. */
  storedFrame?(index: number, frame: Frame): Uint8Array | Promise<Uint8Array>;
  instance(options: Deidentification): SourceInstance | null;
  /** Of DICOM files. */
  burnedInHeader?: BurnedInHeader;
  /** The file says that a model made its pixels. */
  isSynthetic?: boolean;
}

/** What formats that tell of no patient have in common. */
const anonymous = { modality: null, patientKey: null, instance: () => null } as const;

/** What is stored instead is made of pixels and geometry alone. */
const rewritten = (what: string) => () => ({
  bytes: new Uint8Array(0),
  attributes: [{ name: `${what} header beside pixels and geometry`, action: "removed" as const, count: 1 }],
});

function openVolume(format: "nifti" | "nrrd", volume: Volume, { plane }: SourceRequest): OpenSource {
  const slices = sliceVolume(volume, plane);
  // One for all slices, found once: scrolling through them must not flicker.
  let suggested: DisplayWindow | undefined;
  const window = (): DisplayWindow => (suggested ??= suggestWindow({ ...volume, data: volume.samples }));
  return {
    format,
    ...anonymous,
    ...slices,
    storedBytes: rewritten({ nifti: "NIfTI", nrrd: "NRRD" }[format]),
    suggestedWindow: window,
    storedFrame: (index, { data }) => storeAsNifti({ ...slices.alone(index, data), window: window() }),
  };
}

/** Recognizes a file and reads what comes before its pixels. Throws `Problem`. */
export async function openSource(file: Uint8Array, request: SourceRequest): Promise<OpenSource> {
  const { fileName } = request;
  // A Node Buffer is a Uint8Array whose `slice` shares memory; the decoders rely on the standard one, which copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const format = requireFormat(bytes, fileName);
  if (format === "dicom") {
    const dicom = await openDicom(bytes, fileName);
    return { format, ...dicom, storedBytes: (options) => dicom.deidentified(options) };
  }
  if (format === "nifti") return openVolume(format, await openNifti(bytes, fileName), request);
  if (format === "nrrd") return openVolume(format, await openNrrd(bytes, fileName), request);
  if (format === "tiff") {
    const storedFrame = (_: number, frame: Frame): Promise<Uint8Array> => storeFrame(frame);
    return { format, ...anonymous, ...openTiff(bytes, fileName), storedBytes: rewritten("TIFF"), storedFrame };
  }
  if (format === "bmp") {
    const frame = decodeBmp(bytes, fileName);
    const storedBytes = async (): Promise<StoredBytes> => ({ bytes: await storeFrame(frame), attributes: [] });
    return { format, frameCount: 1, ...anonymous, frame: () => frame, storedBytes };
  }
  const { frame, isOnBlack, stored } = await { png: decodePng, jpeg: decodeJpeg, webp: decodeWebp }[format](
    bytes,
    fileName,
  );
  return { format, frameCount: 1, ...anonymous, frame: () => frame, isOnBlack: () => isOnBlack, storedBytes: stored };
}

/** Decodes all frames of an image file. Throws `Problem`. */
export async function decodeSource(bytes: Uint8Array, request: SourceRequest): Promise<DecodedSource> {
  const { format, frameCount, modality, patientKey, frame } = await openSource(bytes, request);
  const frames: Frame[] = [];
  for (let index = 0; index < frameCount; index++) frames.push(await frame(index));
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
      hint: "Import the file again if it was replaced by another one.",
    });
  }
  return frame(index);
}

/** Frames that are packed at a time: as many as libuv has threads, fewer where they are large. */
const MAX_IN_FLIGHT = 4;
const MAX_BYTES_IN_FLIGHT = 2 ** 25;

function summaryOf(frame: Frame, suggestedWindow: DisplayWindow): FrameSummary {
  const { data: _, window, windows: __, overlays: ___, ...described } = frame;
  return {
    ...described,
    window: window === null || "table" in window ? null : window,
    ...("table" in suggestedWindow ? {} : { suggestedWindow }),
  };
}

/** What import needs: all frames are decoded once, to be sure that they can be, but not kept. Throws `Problem`. */
export async function inspectSource(
  bytes: Uint8Array,
  { deidentify = unkeyedDeidentification, ...request }: InspectRequest,
): Promise<InspectedSource> {
  const source = await openSource(bytes, request);
  const { format, frameCount, modality, patientKey, frame, storedBytes, storedFrame, instance } = source;
  const frames: FrameSummary[] = [];
  const storing: Promise<Uint8Array>[] = [];
  let thumbnail: Uint8Array | null = null;
  const findings: BurnedInFinding[] = [];
  for (let index = 0; index < frameCount; index++) {
    const decoded = await frame(index);
    const suggestedWindow = source.suggestedWindow?.() ?? suggestWindow(decoded);
    frames.push(summaryOf(decoded, suggestedWindow));
    if (storedFrame !== undefined) {
      // Packing runs on threads of its own: the next frame is decoded meanwhile.
      const stored = Promise.resolve(storedFrame(index, decoded));
      stored.catch(() => undefined); // thrown where it is awaited, below
      storing.push(stored);
      const inFlight = Math.min(MAX_IN_FLIGHT, Math.floor(MAX_BYTES_IN_FLIGHT / decoded.data.byteLength));
      if (index >= inFlight) await storing[index - inFlight];
    }
    findings.push(findBurnedIn(source.burnedInHeader ?? null, decoded));
    if (index === frameCount >> 1) thumbnail = await encodeThumbnail(decoded, suggestedWindow);
  }
  const storedFrames = await Promise.all(storing);
  const { bytes: stored, attributes } = await storedBytes(deidentify);
  return {
    sourceSha256: createHash("sha256").update(bytes).digest("hex"),
    format,
    modality,
    patientKey,
    frames,
    thumbnail: thumbnail!,
    storedBytes: stored,
    ...(storedFrame === undefined ? {} : { storedFrames }),
    attributes,
    isOnBlack: source.isOnBlack?.() ?? false,
    burnedIn: warningOf(findings),
    findings,
    instance: instance(deidentify),
    isSynthetic: source.isSynthetic ?? false,
  };
}
