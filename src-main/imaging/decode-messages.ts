/**
 * @file What crosses the border to a decoding process, and the process as the pool sees it.
 */
import type { ProblemFields } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { DirectoryEntry } from "./dicom/dicomdir.ts";
import type { ForkedProcess } from "./forked-process.ts";
import type { LabelFile } from "./labels.ts";
import type { ReadMask } from "./masks.ts";
import type {
  InspectedSource,
  InspectRequest,
  MaskRequest,
  RedactedSource,
  RedactRequest,
  SourceName,
  SourceRequest,
} from "./source.ts";

/** The content of a file, or where on this machine the process can read it. */
export type TaskBytes = Uint8Array | { path: string };

export type DecodeTask =
  | ({ kind: "inspect"; bytes: TaskBytes } & InspectRequest)
  | ({ kind: "pixels"; bytes: TaskBytes; frame: number } & SourceRequest)
  | ({ kind: "redact"; bytes: TaskBytes } & RedactRequest)
  | ({ kind: "mask"; bytes: TaskBytes } & MaskRequest)
  | ({ kind: "labels"; bytes: TaskBytes } & SourceName)
  | ({ kind: "directory"; bytes: TaskBytes } & SourceName);

export interface DecodeResults {
  inspect: InspectedSource;
  pixels: Frame;
  redact: RedactedSource;
  mask: ReadMask;
  labels: LabelFile;
  directory: DirectoryEntry[];
}

export type DecodeResult = DecodeResults[DecodeTask["kind"]];

export type DecodeReply =
  /** Sent once, when the process can take its first task. */
  | { kind: "ready" }
  /** The file of the task was read; what follows is decoding. Sent when the task named a path. */
  | { kind: "read" }
  | { kind: "result"; result: DecodeResult }
  | { kind: "problem"; problem: ProblemFields }
  /** A bug in a decoder, with its stack for the log; the person gets a Problem for the file. */
  | { kind: "failure"; stack: string };

/** One child process, whoever starts it; it works on one task at a time. Messages cross by structured clone. */
export type DecodeProcess = ForkedProcess<DecodeTask, DecodeReply>;
