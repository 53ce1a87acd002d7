/**
 * @file Decodes untrusted files in child processes, so that no file can stop or crash the app.
 */
import type { Frame, LabelMap } from "../voxels/index.ts";
import type { DecodeProcess } from "./decode-messages.ts";
import type { InspectedSource, MaskRequest, SourceName } from "./source.ts";

export interface DecodePoolOptions {
  /** Starts one child that runs src-main/app/decode-process. */
  spawn: () => DecodeProcess;
  /** Children at most; they start when needed. Default 2. */
  processes?: number;
  /** Seconds that one file may take. Default 20. */
  timeLimit?: number;
  /** Bytes of resident memory that one child may hold. Default 1 GiB. */
  memoryLimit?: number;
}

export interface DecodeOptions {
  signal?: AbortSignal;
}

/**
 * Every method takes the bytes of one file (copied to the child, not kept) and throws `Problem` for trouble with it.
 */
export interface DecodePool {
  /** What import needs: frame list, thumbnail, bytes without identity. */
  inspect(bytes: Uint8Array, source: SourceName, options?: DecodeOptions): Promise<InspectedSource>;
  /** One frame, counted from 0. */
  pixels(bytes: Uint8Array, source: SourceName & { frame: number }, options?: DecodeOptions): Promise<Frame>;
  /** A mask as a label map of the size of its image. */
  mask(bytes: Uint8Array, request: MaskRequest, options?: DecodeOptions): Promise<LabelMap>;
  /** Ends the children; waiting files fail with Problem "cancelled". */
  close(): Promise<void>;
}
