/** @file What a worker process does with a backbone beside training on it. Light: what computes is loaded when it is asked for. */
import type { SolverName } from "../../../diffusion/index.ts";
import { Problem } from "../../../problem/index.ts";
import type { BackboneShelf, ComputeDevice } from "../../start-request.ts";
import type { ProbedBackbone, ProbeRequest } from "./probe.ts";
import { checkSize, missingFor, requireBackbone, USE_NAMES } from "./record.ts";

export async function probeBackboneFolder(request: ProbeRequest): Promise<ProbedBackbone> {
  const { probeBackbone } = await import("./probe.ts");
  return probeBackbone(request);
}

export interface AskedPainting {
  id: string;
  size: number;
  solver: SolverName;
  steps: number;
  guidance: number;
  /** The mask `[size, size]` of 0 and 1 of each image; null: from the text alone. */
  maskOf: ((image: number) => Promise<Uint8Array>) | null;
  /** One for each image. */
  keys: readonly (readonly (string | number)[])[];
  /** Steps done of an image; 0: it begins. */
  onStep?: (step: number, image: number) => void;
}

/**
 * Images `[3, size, size]` in [0, 1], each as soon as it is there. `memoryLimit`: bytes in place of what the machine has. Throws `Problem` where the backbone
 * is not here or lacks a part for it, `NotEnoughMemoryError` before anything is opened.
 */
export async function* paintFromBackbone(
  { id, maskOf, keys, ...painting }: AskedPainting,
  { shelf, device, memoryLimit }: { shelf: BackboneShelf; device: ComputeDevice; memoryLimit?: number },
): AsyncGenerator<Float32Array> {
  const { record } = requireBackbone(shelf, id);
  const use = maskOf === null ? "text" : "control";
  const missing = missingFor(record, use);
  if (missing.length > 0) {
    throw new Problem({
      code: "bad-request",
      title: `The backbone ${record.name} cannot ${USE_NAMES[use]}: it has no ${missing.join(", no ")}.`,
      hint: "Export the missing part as docs/backbones.md says, and add the folder again.",
    });
  }
  const { size, guidance } = painting;
  checkSize(record, size);
  const [{ openBackbone }, { paintingRoles, paintWithBackbone }, { reserveBackbone }] = await Promise.all([
    import("./open-backbone.ts"),
    import("./paint.ts"),
    import("./memory.ts"),
  ]);
  const roles = paintingRoles(record, maskOf !== null);
  reserveBackbone(record, roles, { size, batch: guidance === 1 ? 1 : 2, readsText: true, limit: memoryLimit });
  const backbone = await openBackbone(record, { shelf, roles, device });
  try {
    yield* paintWithBackbone(backbone, keys, { ...painting, maskOf: maskOf ?? undefined });
  } finally {
    await backbone.release();
  }
}
