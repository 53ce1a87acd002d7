/**
 * @file A frame: one decoded 2-D picture with what is needed to show and measure it, and its bytes for HTTP.
 * Samples are as stored in the file: no rescale, no window, no inversion has been applied.
 */
import { Problem } from "../problem/index.ts";
import type { FrameGeometry } from "./geometry.ts";
import { readDescription, writeDescription } from "./frame-description.ts";
import { MAX_SAMPLES, MAX_SIDE } from "./label-map.ts";
import type { Overlay } from "./overlay.ts";
import type { DisplayWindow, WindowPreset } from "./window.ts";

/** Sample types, in the order of their codes in the serialized form: append, never reorder. */
export const sampleTypes = ["uint8", "uint16", "int16", "int32", "uint32", "float32"] as const;
export type SampleType = (typeof sampleTypes)[number];

export type Samples = Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array | Float32Array;

/** MONOCHROME1: the smallest value is white. DICOM PS3.3 C.7.6.3.1.2. Order = code in the serialized form. */
export const photometrics = ["MONOCHROME1", "MONOCHROME2", "RGB"] as const;
export type Photometric = (typeof photometrics)[number];

/** Distance between pixel centers in mm: x between columns, y between rows. */
export interface PixelSpacing {
  x: number;
  y: number;
}

export interface Frame {
  width: number;
  height: number;
  channels: 1 | 3;
  sampleType: SampleType;
  /** `[height, width, channels]`, x fastest but for interleaved channels; its class is the one of `sampleType`. */
  data: Samples;
  photometric: Photometric;
  /** Value in units of the modality (HU for CT) = sample * rescaleSlope + rescaleIntercept. 1 and 0 when not given. */
  rescaleSlope: number;
  rescaleIntercept: number;
  /** As the file says; null when it says nothing: then `suggestWindow`. */
  window: DisplayWindow | null;
  /** All that the file proposes, `window` first; left out when there is no choice and nothing is said about it. */
  windows?: WindowPreset[];
  /** Unit of rescaled values, as people write it ("HU"); left out when the file does not say. */
  unit?: string;
  /** Graphics that lie over the frame, never in its samples; left out when there are none. */
  overlays?: Overlay[];
  /** null when the file does not say: then lengths are in pixels. */
  spacing: PixelSpacing | null;
  /** Place in the patient; left out when the file does not say. */
  geometry?: FrameGeometry;
}

const constructors = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} satisfies Record<SampleType, unknown>;

/** Bytes of one sample. */
export function bytesPerSample(sampleType: SampleType): number {
  return constructors[sampleType].BYTES_PER_ELEMENT;
}

/** A typed array of `length` samples over `buffer` (fresh zeros when none is given). Little-endian hosts only. */
export function createSamples(
  sampleType: SampleType,
  length: number,
  buffer: ArrayBuffer = new ArrayBuffer(length * bytesPerSample(sampleType)),
  byteOffset = 0,
): Samples {
  return new constructors[sampleType](buffer, byteOffset, length);
}

/** "ALQF" read as a little-endian integer. */
const MAGIC = 0x46514c41;
const VERSION = 2;
/** A multiple of 8, so that samples can be viewed in place. */
const HEADER_BYTES = 64;
const DESCRIPTION_LENGTH_AT = 48;

/** What travels over HTTP for a frame. */
export const FRAME_MEDIA_TYPE = "application/vnd.aliquot.frame";

/**
 * Header of 64 bytes, the samples, the description (frame-description.ts), all little-endian: u32 magic, u8 version, u8 channels,
 * u8 sample type, u8 photometric, u32 width, u32 height, then f64 slope, intercept, spacing x, spacing y (NaN = not
 * given), u32 bytes of the description. The result is a fresh buffer.
 */
export function serializeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const { width, height, channels, sampleType, data } = frame;
  if (data.length !== width * height * channels || data.BYTES_PER_ELEMENT !== bytesPerSample(sampleType)) {
    throw new RangeError(
      `frame: ${data.length} samples do not fill ${width} x ${height} x ${channels} of ${sampleType}.`,
    );
  }
  const description = writeDescription(frame);
  const bytes = new Uint8Array(HEADER_BYTES + data.byteLength + description.length);
  const header = new DataView(bytes.buffer, 0, HEADER_BYTES);
  header.setUint32(0, MAGIC, true);
  header.setUint8(4, VERSION);
  header.setUint8(5, channels);
  header.setUint8(6, sampleTypes.indexOf(sampleType));
  header.setUint8(7, photometrics.indexOf(frame.photometric));
  header.setUint32(8, width, true);
  header.setUint32(12, height, true);
  const numbers = [frame.rescaleSlope, frame.rescaleIntercept, frame.spacing?.x ?? NaN, frame.spacing?.y ?? NaN];
  numbers.forEach((value, index) => header.setFloat64(16 + 8 * index, value, true));
  header.setUint32(DESCRIPTION_LENGTH_AT, description.length, true);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), HEADER_BYTES);
  bytes.set(description, HEADER_BYTES + data.byteLength);
  return bytes;
}

/**
 * Reads what `serializeFrame` wrote. `data` is a view of `bytes` where alignment allows, else a copy.
 * Throws `Problem` "corrupt-file" when header and length do not agree.
 */
export function deserializeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES) throw corrupt(`${bytes.length} bytes are fewer than its header needs`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC || header.getUint8(4) !== VERSION) throw corrupt("its mark is not ours");
  const channels = header.getUint8(5);
  const sampleType = sampleTypes[header.getUint8(6)];
  const photometric = photometrics[header.getUint8(7)];
  const width = header.getUint32(8, true);
  const height = header.getUint32(12, true);
  if ((channels !== 1 && channels !== 3) || sampleType === undefined || photometric === undefined) {
    throw corrupt("its header holds unknown codes");
  }
  if ((photometric === "RGB") !== (channels === 3)) throw corrupt(`${photometric} does not have ${channels} channels`);
  const length = width * height * channels;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || length > MAX_SAMPLES) {
    throw corrupt(`${width} x ${height} pixels are out of range`);
  }
  const byteLength = length * bytesPerSample(sampleType);
  const end = HEADER_BYTES + byteLength;
  const expected = end + header.getUint32(DESCRIPTION_LENGTH_AT, true);
  if (bytes.length !== expected) throw corrupt(`expected ${expected} bytes, got ${bytes.length}`);
  const [slope, intercept, x, y] = Array.from({ length: 4 }, (_, index) => header.getFloat64(16 + 8 * index, true)) as [
    number,
    number,
    number,
    number,
  ];
  const start = bytes.byteOffset + HEADER_BYTES;
  const isViewable = bytes.buffer instanceof ArrayBuffer && start % bytesPerSample(sampleType) === 0;
  return {
    width,
    height,
    channels,
    sampleType,
    data: isViewable
      ? createSamples(sampleType, length, bytes.buffer as ArrayBuffer, start)
      : createSamples(sampleType, length, new Uint8Array(bytes.subarray(HEADER_BYTES, end)).buffer),
    photometric,
    rescaleSlope: slope,
    rescaleIntercept: intercept,
    spacing: Number.isNaN(x) ? null : { x, y },
    ...description(bytes.subarray(end)),
  };
}

function description(bytes: Uint8Array): ReturnType<typeof readDescription> {
  try {
    return readDescription(bytes);
  } catch (error) {
    throw corrupt("its description cannot be read", error);
  }
}

function corrupt(detail: string, cause?: unknown): Problem {
  return new Problem(
    {
      code: "corrupt-file",
      title: "frame: the bytes are damaged.",
      detail: `Reason: ${detail}.`,
      hint: "Open the image again; if it comes back, import its file once more.",
    },
    { cause },
  );
}
