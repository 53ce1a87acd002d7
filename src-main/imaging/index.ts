/**
 * @file Image files to frames and masks, and back. Untrusted bytes belong in a decode pool, not in the main process.
 */
export { decodeFrame, decodeSource, inspectSource } from "./decode.ts";
export type { DecodeProcess, DecodeReply, DecodeTask } from "./decode-messages.ts";
export {
  createDecodePool,
  type DecodeOptions,
  type DecodePool,
  type DecodePoolOptions,
  type FileBytes,
} from "./decode-pool.ts";
export { type DecodeParent, serveDecoding } from "./decode-server.ts";
export { type ChoiceField, type FlagField, type ImportPrivacy, privacyForm } from "./deidentify-form.ts";
export {
  type AttributeCount,
  basicProfile,
  type Deidentification,
  type DeidentifyOptions,
} from "./deidentify-options.ts";
export type { DirectoryEntry } from "./dicom/dicomdir.ts";
export { namePseudonym, replacedUid } from "./dicom/pseudonyms.ts";
export { encodeMaskPng, encodePng, encodeThumbnail, THUMBNAIL_SIDE } from "./encode.ts";
export { forkDecodeProcess, type ForkOptions } from "./fork-decode-process.ts";
export { forkedProcess, residentBytesOf } from "./forked-process.ts";
export { identifyFormat } from "./identify.ts";
export type { CocoLabels, FileClass, LabelFile, SegmentationLabels, VolumeLabels } from "./labels.ts";
export { decodeMask, type MaskReading, type ReadMask } from "./masks.ts";
export { asUnreadable, readFileBytes, unreadableFile } from "./read-file.ts";
export { readTable } from "./table.ts";
export { redactSource } from "./redact.ts";
export { niftiComment } from "./nifti-comment.ts";
export { niftiAffine, type NiftiVolume, writeNifti } from "./nifti-write.ts";
export {
  type CaptureReference,
  isCapturable,
  SECONDARY_CAPTURE_STORAGE,
  type SourceImage,
  writeSecondaryCapture,
} from "./dicom/secondary-capture.ts";
export {
  type WrittenSegment,
  type WrittenSegmentation,
  type WrittenSlice,
  writeSegmentation,
} from "./dicom/segmentation-write.ts";
export type {
  BurnedInFinding,
  BurnedInWarning,
  DecodedSource,
  FrameSummary,
  InspectedSource,
  InspectRequest,
  MaskRequest,
  RedactedSource,
  RedactRequest,
  SourceFormat,
  SourceName,
  SourceRequest,
} from "./source.ts";
export { type SlicePlane, slicePlanes } from "./volume/slices.ts";
