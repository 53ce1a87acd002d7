/** @file Levels II and III at once: the virtual step of the search and the segmenter's next one have one slope, computed once. */
import { joinPrograms, type Program, Scope } from "../../engine/index.ts";
import { cellShares } from "../../networks/index.ts";
import { NETWORKS, OWN_NETWORKS } from "./networks.ts";
import { type ArchitectureOptions, architectureStep, segmenterStep } from "./programs.ts";

/**
 * `architectureStep` and `segmenterStep` from the same states, batch and noise. Outputs `lookaheadLoss`, `architectureSlope` and the segmenter's
 * `total`, `real`, `second`; `learningRate` is the segmenter's, `architectureRate` the search's. The segmenter's shares are those from before.
 */
export function searchStep(options: ArchitectureOptions): Program {
  const { shape, networks = OWN_NETWORKS } = options;
  const shares = cellShares(Scope.root(NETWORKS.architecture), networks.cellCount(shape));
  return joinPrograms("train.search", [
    {
      program: architectureStep(options),
      inputs: { learningRate: "architectureRate" },
      outputs: { total: "lookaheadLoss", slope: "architectureSlope" },
    },
    { program: segmenterStep(options), inputs: { shares } },
  ]);
}
