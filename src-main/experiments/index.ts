/**
 * @file Value meter: the same data, seeds and steps with several ways of training, judged on patients that none has seen, and
 * what the difference was worth.
 */
export {
  type Arm,
  type ArmPainter,
  arms,
  availableArms,
  findArms,
  type Learned,
  learnedBy,
  painterOf,
  seesUnlabelled,
  PAINTER,
  settingsOfArm,
  TRANSLATOR,
  trainingSteps,
} from "./arms.ts";
export {
  type Cell,
  cellsOf,
  comparedSteps,
  type ExperimentPlan,
  type ExperimentRequest,
  learnedTogether,
  planExperiment,
  type PlannedArm,
  trainingKey,
  type TrainingName,
  trainingOf,
  unitOf,
} from "./experiment.ts";
export {
  type CaseScore,
  type CellCheckpoint,
  type CellProgress,
  type FrameScore,
  performCell,
  type Study,
} from "./perform.ts";
export { casesOf } from "./training-cases.ts";
export { type Painted, type PaintedPair } from "./painted-pairs.ts";
export {
  type ExperimentSplit,
  gradedFrame,
  planSplits,
  type SplitRequest,
  type StudyFrame,
  studyFrame,
  type StudyUnit,
} from "./plan.ts";
export { seriesAsFrames } from "./series.ts";
export { type CellScores, reportOf } from "./report.ts";
export { comparisonCautions, comparisonSentence, reportLines, reportTable } from "./report-text.ts";
