/** @file The label maps that a frame has beside its annotation: what models proposed, by what became of it. */
import type { ProposalRow, ProposalState } from "../../src-main/api/contract.ts";
import type { Client } from "./client.ts";

export interface ProposalLayer {
  kind: "proposal" | "pseudo-label";
  /** RLE of voxels/rle.ts. */
  bytes: Uint8Array;
}

/** A rejected proposal is none. */
function layerKindOf(state: ProposalState): ProposalLayer["kind"] | null {
  if (state === "rejected") return null;
  return state === "pending" ? "proposal" : "pseudo-label";
}

/** The newest of each kind, and the confidence (one byte a pixel, 255 = sure) of the newest of all. */
export async function proposalLayers(
  client: Client,
  frameId: number,
  signal: AbortSignal,
): Promise<{ layers: ProposalLayer[]; confidence: Uint8Array | null }> {
  const newest = new Map<ProposalLayer["kind"], ProposalRow>();
  for (const proposal of await client.proposalsOf(frameId, signal)) {
    const kind = layerKindOf(proposal.state);
    if (kind !== null && !newest.has(kind)) newest.set(kind, proposal);
  }
  const found = [...newest];
  const first = found[0]?.[1].proposalId;
  const [confidence, ...masks] = await Promise.all([
    first === undefined ? null : client.proposalConfidence(first, signal),
    ...found.map(([, { proposalId }]) => client.proposalMask(proposalId, signal)),
  ]);
  const layers = found.map(([kind], index) => ({ kind, bytes: masks[index]! }));
  return { layers, confidence };
}
