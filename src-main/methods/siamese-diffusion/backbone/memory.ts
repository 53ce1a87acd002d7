/** @file What a backbone takes of the memory, told from its files before anything is opened. */
import { availableMemory, NotEnoughMemoryError } from "../../../engine/runtime/index.ts";
import { type BackboneRecord, bytesOf, LATENT_FACTOR, partOf, type PartRole } from "./record.ts";

/** ONNX Runtime keeps the weights, and repacks those of matrix products beside them. */
const REPACKED = 0.25;
/** The session itself: graph, kernels, threads' stacks. */
const SESSION_BYTES = 45 * 2 ** 20;

export const sessionBytes = (weights: number): number => Math.round((1 + REPACKED) * weights) + SESSION_BYTES;

const HEADS = 8;
/** Values of the size of the first row that are alive at once: input, residual, two norms and a gated layer of four times the width. */
const MAPS = 10;

type Sized = Pick<BackboneRecord, "parts" | "facts">;

export interface Passing {
  /** Pixels of an image. */
  size: number;
  /** Images that go through together. */
  batch: number;
  /** Whether the vectors of the two texts are still to be made, by a text encoder where there is one. */
  readsText: boolean;
}

/**
 * Bytes that parts take while images go through: weights, and at the finest row the scores of attention between all places. A text encoder is open beside
 * all of them, but let go before the first image.
 */
export function backboneBytes(
  backbone: Sized,
  roles: readonly PartRole[],
  { size, batch, readsText }: Passing,
): number {
  const side = size / LATENT_FACTOR;
  const places = side * side;
  const finest = backbone.facts.rowWidths[0] ?? 320;
  const perImage = 4 * (2 * HEADS * places * places + MAPS * finest * places);
  // A VAE has 128 channels at full size.
  const perPicture = 4 * 4 * 128 * size * size;
  let [open, passing] = [0, 0];
  for (const role of roles) {
    const part = partOf(backbone, role);
    if (part === undefined) continue;
    open += sessionBytes(bytesOf(part));
    passing += role === "vaeEncoder" || role === "vaeDecoder" ? perPicture : perImage * batch;
  }
  const encoder = partOf(backbone, "contexts") === undefined ? partOf(backbone, "textEncoder") : undefined;
  const text = readsText && encoder !== undefined ? sessionBytes(bytesOf(encoder)) : 0;
  return open + Math.max(passing, text);
}

/** Returns what parts take. Throws `NotEnoughMemoryError` where that is more than `limit`. Before anything is opened. */
export function reserveBackbone(
  record: BackboneRecord,
  roles: readonly PartRole[],
  { limit = availableMemory(), ...passing }: Passing & { limit?: number | undefined },
): { reserved: number; left: number } {
  const reserved = backboneBytes(record, roles, passing);
  if (reserved > limit) throw tooMuch(reserved, limit, record);
  return { reserved, left: limit - reserved };
}

/** Bytes. */
export function tooMuch(needed: number, available: number, { name }: BackboneRecord): NotEnoughMemoryError {
  const none = { states: 0, doubleBuffers: 0, feeds: 0, outputs: 0, intermediates: 0, initialization: 0, workspace: 0 };
  const contributors = [{ name: `the backbone ${name}`, bytes: needed }];
  const plan = { ...none, constants: 0, total: needed, contributors, unknown: [] };
  return new NotEnoughMemoryError("backbone", { needed, available, plan });
}
