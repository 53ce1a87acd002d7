/** @file Where an annotation comes from: who or what made it, and the annotation of another image that it repeats. */
import type { MaskOrigin } from "../api/contract.ts";

/** Null where no model was involved. */
export interface Provenance<Origin = MaskOrigin> {
  origin: Origin;
  modelId: number | null;
  runId: number | null;
  proposalId: number | null;
  /** Frame of whose annotation it is a copy, and which of its revisions. */
  carriedFrom?: { frameId: number; revisionId: number };
  createdAt: string;
}

/** With what it was carried from, flat. */
export interface ProvenanceRecord extends Omit<Provenance, "carriedFrom"> {
  fromFrame: number | null;
  fromRevision: number | null;
}

/** Columns of the revision `made`. */
export const MADE = `made.origin, made.model_id AS modelId, made.run_id AS runId, made.proposal_id AS proposalId, made.created_at AS createdAt,
  made.carried_from AS fromRevision, (SELECT frame_id FROM mask_revision WHERE id = made.carried_from) AS fromFrame`;

export function provenanceOf({ fromFrame, fromRevision, ...made }: ProvenanceRecord): Provenance {
  if (fromFrame === null || fromRevision === null) return made;
  return { ...made, carriedFrom: { frameId: fromFrame, revisionId: fromRevision } };
}
