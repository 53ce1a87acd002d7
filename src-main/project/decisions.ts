/**
 * @file Review decisions: append-only, so that it stays known who took which pixels over from a model, and when.
 */
import type { ProposalState } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

export type Decision = "accepted" | "edited" | "rejected" | "reopened";

/** Appends the decision and sets the proposal's state. `dice`: between what the model proposed and what was accepted. Within an edit. */
export function recordDecision(
  file: ProjectFile,
  proposalId: number,
  decision: Decision,
  revisionId: number | null,
  dice: number | null = null,
): void {
  file.run(
    "INSERT INTO review_decision (proposal_id, decision, revision_id, decided_at, dice) VALUES (?, ?, ?, ?, ?)",
    proposalId,
    decision,
    revisionId,
    file.now(),
    dice,
  );
  let state: ProposalState | "superseded" = decision === "reopened" ? "pending" : decision;
  if (state === "pending") {
    const newest = file.get<{ id: number }>(
      `SELECT max(other.id) AS id FROM proposal JOIN proposal AS other ON other.frame_id = proposal.frame_id
       WHERE proposal.id = ? AND (other.id = proposal.id OR other.state = 'pending')`,
      proposalId,
    )!;
    // Of two that wait, the newest is the one to review.
    if (newest.id !== proposalId) state = "superseded";
    else {
      file.run(
        `UPDATE proposal SET state = 'superseded' WHERE state = 'pending' AND id <> ?
         AND frame_id = (SELECT frame_id FROM proposal WHERE id = ?)`,
        proposalId,
        proposalId,
      );
    }
  }
  file.run("UPDATE proposal SET state = ? WHERE id = ?", state, proposalId);
}

/** The decision that stands; null while there is none or it was taken back. */
export function standingDecision(
  file: ProjectFile,
  proposalId: number,
): { decision: Exclude<Decision, "reopened">; revisionId: number | null } | null {
  const last = file.get<{ decision: Decision; revisionId: number | null }>(
    "SELECT decision, revision_id AS revisionId FROM review_decision WHERE proposal_id = ? ORDER BY id DESC LIMIT 1",
    proposalId,
  );
  if (last === undefined || last.decision === "reopened") return null;
  return { decision: last.decision, revisionId: last.revisionId };
}

/** The decision that made this revision, if one did: undoing the revision takes it back, redoing gives it again. */
export function decisionOfRevision(
  file: ProjectFile,
  revisionId: number,
): { proposalId: number; decision: Exclude<Decision, "reopened">; dice: number | null } | null {
  return (
    file.get<{ proposalId: number; decision: Exclude<Decision, "reopened">; dice: number | null }>(
      "SELECT proposal_id AS proposalId, decision, dice FROM review_decision WHERE revision_id = ? AND decision <> 'reopened' LIMIT 1",
      revisionId,
    ) ?? null
  );
}
