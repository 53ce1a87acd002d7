/** @file Whether a training is worth waiting for, from its figures in the project. */
import type { ValidationTrend } from "../api/contract.ts";
import { validationTrend } from "../metrics/index.ts";
import type { Project } from "../project/index.ts";

/** null for a run that does not train, or that was not judged yet. */
export function trendOf(project: Project, runId: number): ValidationTrend | null {
  const { kind, step, steps, judgedBy } = project.runs.row(runId);
  const points = project.runs.metrics(runId, judgedBy.figure);
  const { better } = judgedBy;
  return kind === "train" && points.length > 0 ? validationTrend(points, { better, stepsLeft: steps - step }) : null;
}
