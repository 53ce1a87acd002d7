/**
 * @file What crosses the border to a decoding process, and the process as the pool sees it.
 */
import type { ProblemFields } from "../problem/index.ts";
import type { Frame, LabelMap } from "../voxels/index.ts";
import type { InspectedSource, MaskRequest, SourceName } from "./source.ts";

export type DecodeTask =
  | ({ kind: "inspect"; bytes: Uint8Array } & SourceName)
  | ({ kind: "pixels"; bytes: Uint8Array; frame: number } & SourceName)
  | ({ kind: "mask"; bytes: Uint8Array } & MaskRequest);

export interface DecodeResults {
  inspect: InspectedSource;
  pixels: Frame;
  mask: LabelMap;
}

export interface DecodeRequest {
  id: number;
  task: DecodeTask;
}

export type DecodeReply =
  | { id: number; result: DecodeResults[DecodeTask["kind"]] }
  | { id: number; problem: ProblemFields }
  /** A bug in a decoder: message and stack, to be logged; the person gets a Problem for the file. */
  | { id: number; failure: string };

/** One child process. Messages cross by structured clone (typed arrays keep their type). */
export interface DecodeProcess {
  /** For the parent's view of its memory, where the system shows it; undefined when not known. */
  readonly pid: number | undefined;
  postMessage(message: DecodeRequest): void;
  onMessage(listener: (reply: DecodeReply) => void): void;
  /** Called once, also when the process could not be started. */
  onExit(listener: () => void): void;
  kill(): void;
}
