/**
 * @file The child's side of a decode pool: takes tasks, answers each. Its entry is src-main/app/decode-process.ts.
 */
import sharp from "sharp";
import { Problem } from "../problem/index.ts";
import { decodeFrame, inspectSource } from "./decode.ts";
import type { DecodeReply, DecodeResult, DecodeTask } from "./decode-messages.ts";
import { readDirectory } from "./dicom/dicomdir.ts";
import { readLabelFile } from "./labels.ts";
import { readFileBytes } from "./read-file.ts";
import { decodeMask } from "./masks.ts";
import { redactSource } from "./redact.ts";

/** The parent, as the child sees it. */
export interface DecodeParent {
  postMessage(reply: DecodeReply): void;
  onMessage(listener: (task: DecodeTask) => void): void;
}

export function serveDecoding(parent: DecodeParent): void {
  // One thread a child: the pool is what runs in parallel. No cache: no file is decoded twice in a row.
  sharp.concurrency(1);
  sharp.cache(false);
  parent.onMessage((task) => {
    const onRead = (): void => parent.postMessage({ kind: "read" });
    void answer(task, onRead).then((reply) => post(parent, reply));
  });
  parent.postMessage({ kind: "ready" });
}

/** A reply that cannot be copied to the parent is a failure of this file, not of the process. */
function post(parent: DecodeParent, reply: DecodeReply): void {
  try {
    parent.postMessage(reply);
  } catch (error) {
    parent.postMessage(failure(error));
  }
}

function failure(error: unknown): DecodeReply {
  return { kind: "failure", stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function answer(task: DecodeTask, onRead: () => void): Promise<DecodeReply> {
  try {
    let { bytes } = task;
    if (!(bytes instanceof Uint8Array)) {
      bytes = await readFileBytes(bytes.path, task.fileName);
      onRead();
    }
    return { kind: "result", result: await perform(task, bytes) };
  } catch (error) {
    if (error instanceof Problem) return { kind: "problem", problem: error.toJSON() };
    return failure(error);
  }
}

function perform(task: DecodeTask, bytes: Uint8Array): DecodeResult | Promise<DecodeResult> {
  switch (task.kind) {
    case "inspect":
      return inspectSource(bytes, task);
    case "pixels":
      return decodeFrame(bytes, task);
    case "redact":
      return redactSource(bytes, task);
    case "mask":
      return decodeMask(bytes, task);
    case "labels":
      return readLabelFile(bytes, task.fileName);
    case "directory":
      return readDirectory(bytes, task.fileName);
  }
}
