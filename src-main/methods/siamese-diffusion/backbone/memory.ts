/** @file What a backbone takes of the memory, told from its files before anything is opened. */
import { type BackboneRecord, bytesOf, LATENT_FACTOR, partOf, type PartRole } from "./record.ts";

/** ONNX Runtime keeps the weights, and repacks those of matrix products beside them. */
const REPACKED = 0.25;
/** The session itself: graph, kernels, threads' stacks. */
const SESSION_BYTES = 45 * 2 ** 20;

export const sessionBytes = (weights: number): number => Math.round((1 + REPACKED) * weights) + SESSION_BYTES;

const HEADS = 8;
/** Values of the size of the first row that are alive at once: input, residual, two norms and a gated layer of four times the width. */
const MAPS = 10;

/**
 * Bytes that parts take while images of `size` pixels go through, one of `batch` at a time where the batch is small: weights, and at the finest row
 * the scores of attention between all places.
 */
export function backboneBytes(
  backbone: Pick<BackboneRecord, "parts" | "facts">,
  roles: readonly PartRole[],
  { size, batch }: { size: number; batch: number },
): number {
  const side = size / LATENT_FACTOR;
  const places = side * side;
  const finest = backbone.facts.rowWidths[0] ?? 320;
  const perImage = 4 * (2 * HEADS * places * places + MAPS * finest * places);
  // A VAE has 128 channels at full size.
  const perPicture = 4 * 4 * 128 * size * size;
  const bytes = roles.map((role) => {
    const part = partOf(backbone, role);
    if (part === undefined) return 0;
    const isVae = role === "vaeEncoder" || role === "vaeDecoder";
    return sessionBytes(bytesOf(part)) + (isVae ? perPicture : perImage * batch);
  });
  return bytes.reduce((sum, one) => sum + one, 0);
}
