/**
 * @file The project: one SQLite file that holds images, annotations, runs, models and reviews. The only writer to it.
 */
export type { RevisionSource } from "./annotations.ts";
export type { Provenance } from "./mask-provenance.ts";
export { sha256 } from "./blobs.ts";
export type { Finding } from "./burned-in.ts";
export type { CaseRow } from "./cases.ts";
export { type CheckProcess, checkProject, type CheckReply, type CheckTask } from "./check.ts";
export type { FrameObjects } from "./class-usage.ts";
export type { NewEvaluationRow } from "./evaluations.ts";
export type { ChangedPart, ChangeListener } from "./file.ts";
export type { AddedImage, FrameDetail, FrameMetadata, NewImage, RedactedFile } from "./images.ts";
export type { NewLabelDefinition } from "./label-definitions.ts";
export type { ImageLabel, LabelEntry } from "./labels.ts";
export type { LabelOrigin, NewLabelProposal } from "./label-proposals.ts";
export type { KnownAnswer, NewLabelAnswer } from "./label-answers.ts";
export type { NewModel } from "./models.ts";
export { createProject, type CreateOptions, openProject, type OpenOptions, serveCheck } from "./open.ts";
export type { Project } from "./project.ts";
export type { NewCorrection } from "./proposal-steps.ts";
export type { NewProposal, StoredReview } from "./proposals.ts";
export type { TurnOptions } from "./many-decisions.ts";
export type { Evidence, NewEvidence, WaitingReview } from "./reviews.ts";
export type { CheckpointKind, DataSnapshot, NewRun, RunChange, RunRecipe } from "./runs.ts";
export type { NewSyntheticFrame } from "./synthetic.ts";
export type { KnownTranslationScore, NewTranslationScore } from "./translation-scores.ts";
export type { NewTranslation } from "./translations.ts";
export type { NewSyntheticPair } from "./synthetic-pairs.ts";
export { type SnapshotOutcome, snapshotPath } from "./snapshot.ts";
