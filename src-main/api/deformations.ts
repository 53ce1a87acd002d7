/** @file How far pairs are from lying on each other, as the registration network of a translation estimates it. Another process computes it. */
import type { InferenceHost } from "../inference/host.ts";
import type { EstimatedFlow } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { FlowRequest } from "./contract.ts";
import type { SeriesRanges } from "./series-ranges.ts";

interface DeformationParts {
  project: Project;
  host: InferenceHost;
  /** Serialized pixels of a frame. */
  pixels: (frameId: number) => Promise<Uint8Array>;
  ranges: SeriesRanges;
}

export class Deformations {
  readonly #parts: DeformationParts;

  constructor(parts: DeformationParts) {
    this.#parts = parts;
  }

  /** Throws `Problem` where it is no pair, or the model does not register. */
  async estimate({ modelId, pairingId, place }: FlowRequest): Promise<EstimatedFlow> {
    const { project, host, pixels, ranges } = this.#parts;
    const pair = project.pairings.pairs(pairingId).find((each) => each.place === place);
    const [source, target] = [pair?.source ?? null, pair?.target ?? null];
    if (source === null || target === null) {
      throw new Problem({
        code: "bad-request",
        title: `Place ${place} of pairing ${pairingId} is no pair.`,
        detail: "A deformation lies between two images.",
        hint: "Choose one that has a counterpart.",
      });
    }
    const { method, classes, runId } = project.models.get(modelId);
    const count = Number(project.runs.recipe(runId).settings["slices"] ?? 1);
    const slices = await Promise.all(this.#neighbors(source, count).map(pixels));
    const placed = { alignment: pair?.alignment?.transform, relation: pair?.relation ?? undefined };
    return host.run({
      model: { key: `weights ${modelId}`, method, classes, onnx: () => project.models.weights(modelId) },
      frameKey: `${modelId}/${pairingId}/${place}`,
      frame: () => pixels(source),
      work: { kind: "flow", slices, target: await pixels(target), placed, ranges: await ranges.of(pairingId, place) },
    });
  }

  /** The frame in the middle; at the ends of its series the last one again. */
  #neighbors(frameId: number, count: number): number[] {
    if (count === 1) return [frameId];
    const row = this.#parts.project.slices.around(frameId).map((slice) => slice.frameId);
    const at = row.indexOf(frameId);
    return Array.from({ length: count }, (_, index) => {
      return row[Math.min(row.length - 1, Math.max(0, at + index - (count - 1) / 2))]!;
    });
  }
}
