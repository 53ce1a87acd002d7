/**
 * @file Writes pictures that are no DICOM images as Secondary Capture Image Storage, so that a segmentation has images to refer to. PS3.3 A.8.1
 * (IOD), C.8.6 (modules). Samples are the same as in the picture; where its place in the patient is known, so is that of the capture.
 */
import type { Frame, FrameGeometry, InstanceReference } from "../../voxels/index.ts";
import { decimals } from "./decimals.ts";
import { syntheticMarks } from "./synthetic-marks.ts";
import { writeDicom, type WrittenElement } from "./write.ts";

export const SECONDARY_CAPTURE_STORAGE = "1.2.840.10008.5.1.4.1.1.7";

export interface WrittenCapture {
  /** Grey of 8 or 16 bits, or color of 8: `isCapturable`. */
  frame: Frame;
  geometry: FrameGeometry | null;
  /** With all UIDs that a file needs. */
  instance: CaptureReference;
  /** Place among the frames of its picture, from 1. */
  instanceNumber: number;
  /** Size of the samples over size of the file, for a picture that was compressed with loss; null where nothing is known. */
  jpegRatio: number | null;
  /** The model that made it, in words; null: it was acquired. */
  syntheticBy: string | null;
  /** The DICOM image that it was made of, pixel by pixel, where there is one. */
  sourceImage?: SourceImage | null;
  /** What its series is; left out: not told. */
  seriesDescription?: string;
  softwareVersion: string;
}

export interface SourceImage {
  sopClassUid: string;
  sopInstanceUid: string;
  /** From 1, of an instance of several frames; null: the whole. */
  frameNumber: number | null;
}

export type CaptureReference = InstanceReference & { studyUid: string; seriesUid: string; sopInstanceUid: string };

/** VR LO. PS3.5 6.2. */
const LONGEST_DESCRIPTION = 64;

/** Whether the samples fit a Secondary Capture: whole numbers of 8 or 16 bits. */
export function isCapturable({ sampleType }: Pick<Frame, "sampleType">): boolean {
  return sampleType === "uint8" || sampleType === "uint16" || sampleType === "int16";
}

/** The same input gives the same bytes. Throws `RangeError` for samples that do not fit. */
export function writeSecondaryCapture(capture: WrittenCapture): Uint8Array<ArrayBuffer> {
  const { frame, instance, instanceNumber, jpegRatio, syntheticBy, sourceImage, seriesDescription } = capture;
  const { softwareVersion } = capture;
  if (!isCapturable(frame)) throw new RangeError(`secondary capture: samples of ${frame.sampleType} do not fit.`);
  const elements: WrittenElement[] = [
    { tag: 0x00080005, vr: "CS", value: "ISO_IR 192" },
    ...(syntheticBy === null ? [] : [{ tag: 0x00080008, vr: "CS", value: "DERIVED\\SECONDARY" } as const]),
    { tag: 0x00080016, vr: "UI", value: SECONDARY_CAPTURE_STORAGE },
    { tag: 0x00080018, vr: "UI", value: instance.sopInstanceUid },
    { tag: 0x00080020, vr: "DA", value: "" },
    { tag: 0x00080030, vr: "TM", value: "" },
    { tag: 0x00080050, vr: "SH", value: "" },
    { tag: 0x00080060, vr: "CS", value: "OT" },
    // Conversion Type: synthesized image, or written by a workstation. C.8.6.1
    { tag: 0x00080064, vr: "CS", value: syntheticBy === null ? "WSD" : "SYN" },
    { tag: 0x00080070, vr: "LO", value: "Aliquot" },
    { tag: 0x00080090, vr: "PN", value: "" },
    ...(seriesDescription === undefined
      ? []
      : [{ tag: 0x0008103e, vr: "LO", value: seriesDescription.slice(0, LONGEST_DESCRIPTION) } as const]),
    ...(sourceImage === null || sourceImage === undefined ? [] : sourceElements(sourceImage)),
    ...syntheticMarks(syntheticBy === null ? null : `Synthetic image, made by ${syntheticBy}.`, softwareVersion),
    { tag: 0x00100010, vr: "PN", value: instance.patient?.name ?? "" },
    { tag: 0x00100020, vr: "LO", value: instance.patient?.id ?? "" },
    { tag: 0x00100030, vr: "DA", value: "" },
    { tag: 0x00100040, vr: "CS", value: "" },
    { tag: 0x00181020, vr: "LO", value: softwareVersion },
    { tag: 0x0020000d, vr: "UI", value: instance.studyUid },
    { tag: 0x0020000e, vr: "UI", value: instance.seriesUid },
    { tag: 0x00200010, vr: "SH", value: "" },
    { tag: 0x00200011, vr: "IS", value: "1" },
    { tag: 0x00200013, vr: "IS", value: String(instanceNumber) },
    { tag: 0x00200020, vr: "CS", value: "" }, // Patient Orientation: not known, or told by the plane
    { tag: 0x00200060, vr: "CS", value: "" }, // Laterality: not known
    ...placeElements(capture),
    ...pixelElements(frame),
    ...(jpegRatio === null
      ? []
      : ([
          { tag: 0x00282110, vr: "CS", value: "01" },
          { tag: 0x00282112, vr: "DS", value: jpegRatio.toFixed(2) },
          { tag: 0x00282114, vr: "CS", value: "ISO_10918_1" },
        ] as const)),
  ];
  return writeDicom({ sopClass: SECONDARY_CAPTURE_STORAGE, sopInstance: instance.sopInstanceUid }, elements);
}

/** Which image it was derived from, and how: General Image (C.7.6.1.1.4), CID 7202 and, for nothing of CID 7203 is meant, a term of the same scheme. */
function sourceElements({ sopClassUid, sopInstanceUid, frameNumber }: SourceImage): WrittenElement[] {
  const code = (value: string, meaning: string): WrittenElement[][] => [
    [
      { tag: 0x00080100, vr: "SH", value },
      { tag: 0x00080102, vr: "SH", value: "DCM" },
      { tag: 0x00080104, vr: "LO", value: meaning },
    ],
  ];
  return [
    {
      tag: 0x00082112,
      vr: "SQ",
      value: [
        [
          { tag: 0x00081150, vr: "UI", value: sopClassUid },
          { tag: 0x00081155, vr: "UI", value: sopInstanceUid },
          ...(frameNumber === null ? [] : [{ tag: 0x00081160, vr: "IS", value: String(frameNumber) } as const]),
          { tag: 0x0028135a, vr: "CS", value: "YES" }, // Spatial Locations Preserved
          { tag: 0x0040a170, vr: "SQ", value: code("121322", "Source image for image processing operation") },
        ],
      ],
    },
    { tag: 0x00089215, vr: "SQ", value: code("110001", "Image Processing") },
  ];
}

/** Image Plane and Frame of Reference (C.7.6.2, C.7.4.1) where the place is known, else the spacing alone. */
function placeElements({ frame: { spacing }, geometry, instance }: WrittenCapture): WrittenElement[] {
  const pixelSpacing: WrittenElement[] =
    spacing === null ? [] : [{ tag: 0x00280030, vr: "DS", value: decimals([spacing.y, spacing.x]) }];
  if (spacing === null || geometry === null || instance.frameOfReferenceUid === null) {
    return pixelSpacing;
  }
  const { origin, columnDirection: a, rowDirection: b } = geometry;
  return [
    { tag: 0x00200032, vr: "DS", value: decimals([origin.x, origin.y, origin.z]) },
    { tag: 0x00200037, vr: "DS", value: decimals([a.x, a.y, a.z, b.x, b.y, b.z]) },
    { tag: 0x00200052, vr: "UI", value: instance.frameOfReferenceUid },
    { tag: 0x00201040, vr: "LO", value: "" },
    ...pixelSpacing,
  ];
}

/** Image Pixel, Modality LUT and VOI LUT: C.7.6.3, C.11.1, C.11.2. */
function pixelElements(frame: Frame): WrittenElement[] {
  const { width, height, channels, sampleType, photometric, data, rescaleSlope, rescaleIntercept, window } = frame;
  const bits = sampleType === "uint8" ? 8 : 16;
  const isRescaled = rescaleSlope !== 1 || rescaleIntercept !== 0;
  return [
    { tag: 0x00280002, vr: "US", value: channels },
    { tag: 0x00280004, vr: "CS", value: photometric },
    ...(channels === 3 ? [{ tag: 0x00280006, vr: "US", value: 0 } as const] : []),
    { tag: 0x00280010, vr: "US", value: height },
    { tag: 0x00280011, vr: "US", value: width },
    { tag: 0x00280100, vr: "US", value: bits },
    { tag: 0x00280101, vr: "US", value: bits },
    { tag: 0x00280102, vr: "US", value: bits - 1 },
    { tag: 0x00280103, vr: "US", value: sampleType === "int16" ? 1 : 0 },
    ...(isRescaled && channels === 1
      ? ([
          { tag: 0x00281052, vr: "DS", value: decimals([rescaleIntercept]) },
          { tag: 0x00281053, vr: "DS", value: decimals([rescaleSlope]) },
          { tag: 0x00281054, vr: "LO", value: "US" }, // unspecified
        ] as const)
      : []),
    ...(window !== null && "center" in window && channels === 1
      ? ([
          { tag: 0x00281050, vr: "DS", value: decimals([window.center]) },
          { tag: 0x00281051, vr: "DS", value: decimals([window.width]) },
          ...(window.function === undefined ? [] : [{ tag: 0x00281056, vr: "CS", value: window.function } as const]),
        ] as const)
      : []),
    {
      tag: 0x7fe00010,
      vr: bits === 8 ? "OB" : "OW",
      value: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    },
  ];
}
