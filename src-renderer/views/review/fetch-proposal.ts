/** @file All that lies over the picture of a proposal, fetched at once. */
import type { Client } from "../../api/client.ts";
import type { Showing, ShownProposal } from "./proposal-cache.ts";

/** Not aborted when the person goes on: it is kept for when they come back. */
export async function fetchProposal(
  client: Client,
  { proposalId, frameId, annotatedAt }: Showing,
): Promise<ShownProposal> {
  const [mask, confidence, annotation, record, marks] = await Promise.all([
    client.proposalMask(proposalId),
    client.proposalConfidence(proposalId),
    annotatedAt === null ? null : client.mask(frameId).then(({ bytes }) => bytes),
    client.reviewRecord(proposalId),
    client.regionMarks(proposalId),
  ]);
  const difference = (record?.disagreement ?? null) === null ? null : await client.difference(proposalId);
  return { mask, confidence, annotation, record, difference, marks };
}
