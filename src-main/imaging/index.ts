/**
 * @file Image files to frames and masks, and back. Untrusted bytes belong in a decode pool, not in the main process.
 */
export { decodeFrame, decodeSource, inspectSource } from "./decode.ts";
export type { DecodeProcess, DecodeReply, DecodeRequest, DecodeTask } from "./decode-messages.ts";
export type { DecodeOptions, DecodePool, DecodePoolOptions } from "./decode-pool.ts";
export { encodeMaskPng, encodePng, encodeThumbnail, THUMBNAIL_SIDE } from "./encode.ts";
export { identifyFormat } from "./identify.ts";
export { decodeMask } from "./masks.ts";
export type { DecodedSource, FrameSummary, InspectedSource, MaskRequest, SourceFormat, SourceName } from "./source.ts";
