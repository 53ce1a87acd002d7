/** @file What a run's process reports, written into the project. */
import { findMethod } from "../methods/index.ts";
import { sentenceOf } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { RunReport } from "./messages.ts";
import { valueOf } from "./grading-request.ts";
import { isAnnotatedHere } from "./prediction-request.ts";

/** A report of work; those of another kind say how the process goes. */
export type WorkReport = Exclude<
  RunReport,
  { kind: "ready" | "ended" | "problem" | "failure" | "profile" | "pair" | "painting" | "doing" }
>;

/** Throws `Problem` where the project cannot be written. */
export function recordReport(project: Project, runId: number, report: WorkReport): void {
  switch (report.kind) {
    case "progress": {
      project.edit("record progress", () => {
        project.runs.recordProgress(runId, report);
        project.runs.addMetrics(runId, report.points);
      });
      return;
    }
    case "remarks":
      project.runs.remark(runId, report.remarks);
      return;
    case "planned":
      project.runs.update(runId, { plannedMemoryBytes: report.memoryBytes });
      return;
    case "validation":
      project.runSamples.add(runId, report.step, report.samples);
      project.runs.remark(runId, report.remarks ?? []);
      return;
    case "device": {
      // From now on, so that a resumed training computes where it began.
      const { device: asked } = project.runs.recipe(runId);
      if (asked !== report.device) project.runs.update(runId, { device: report.device });
      if (asked !== "auto") return;
      project.runs.update(runId, { deviceReason: report.reason });
      console.error(`run ${runId} computes on ${report.device} (${report.reason.map(sentenceOf).join("; ")})`);
      return;
    }
    case "checkpoint":
      project.runs.saveCheckpoint(runId, { step: report.step, kind: report.checkpoint, bytes: report.bytes });
      return;
    case "proposal": {
      const { frameId, mask, confidence, expectedDice, review } = report;
      // A person was faster: what they drew stands, and needs no proposal.
      if (isAnnotatedHere(project.images.frame(frameId).row.annotation)) return;
      const modelId = project.runs.recipe(runId).snapshot.fromModel!;
      project.proposals.add({ frameId, modelId, runId, mask, confidence, expectedDice, review });
      return;
    }
    case "judged": {
      const { frameId, dice, review } = report;
      const { fromModel, frames } = project.runs.recipe(runId).snapshot;
      const revisionId = frames.find((frame) => frame.frameId === frameId && frame.revisionId !== null)!.revisionId!;
      project.reviews.addEvidence({ modelId: fromModel!, frameId, revisionId, dice, review });
      return;
    }
    case "graded": {
      recordGraded(project, runId, report.images);
      return;
    }
    case "evaluation": {
      const { snapshot } = project.runs.recipe(runId);
      const split = snapshot.frames[0]?.split;
      if (split) project.evaluations.replace(snapshot.fromModel!, split, report.rows, report.volumes);
      return;
    }
    case "translation-evaluation": {
      const { snapshot } = project.runs.recipe(runId);
      const split = snapshot.frames[0]?.split;
      if (!split) return;
      project.edit("record an evaluation", () => {
        project.translationScores.replace({ modelId: snapshot.fromModel!, split, runId }, report.rows);
        project.runSamples.add(runId, 0, report.pictures);
      });
      return;
    }
    case "scores":
      project.experiments.addScores(runId, report.training);
      return;
    case "translated":
      project.translations.add(runId, report);
      return;
    case "synthesis-quality":
      project.syntheticPairs.setQuality(runId, report.quality);
      return;
    case "model": {
      const { method, settings, snapshot } = project.runs.recipe(runId);
      const { step, score, onnx, weights } = report;
      const name = `${method} ${runId}`;
      const { classes } = snapshot;
      const makes = findMethod(method).makes(settings);
      project.models.add({ runId, name, method, step, score, makes, classes, onnx, weights });
      return;
    }
  }
}

/** What is said of an image whose truth is known is kept beside that; the rest are proposals. */
function recordGraded(
  project: Project,
  runId: number,
  images: Extract<WorkReport, { kind: "graded" }>["images"],
): void {
  const { kind, snapshot } = project.runs.recipe(runId);
  const { targets = [], unknownClasses = [], fromModel } = snapshot;
  const known = new Map(snapshot.frames.flatMap(({ frameId, values }) => (values ? [[frameId, values]] : [])));
  project.edit("record what is said of images", () => {
    for (const { frameId, graded } of images) {
      const { answers, ...evidence } = graded;
      const { saliency } = evidence;
      // Of several numbers each has a map of its own: which one is told by nothing else once they are apart.
      const ownEvidence = (at: number) =>
        answers.length === 1 ? evidence : { ...evidence, saliency: { ...saliency, maps: [saliency.maps[at]!] } };
      const truths = known.get(frameId);
      for (const [at, answer] of answers.entries()) {
        const target = targets[at]!;
        const truth = truths?.[at] ?? null;
        if (truths === undefined && kind === "predict") {
          const value = valueOf(project, target, answer.value);
          project.labelProposals.add({ frameId, modelId: fromModel!, runId, value, answer, evidence: ownEvidence(at) });
        } else if (truth !== null) {
          const said = target.kind === "number" ? truth : [...target.options, ...(unknownClasses[at] ?? [])][truth]!;
          // Judged as it would be proposed: within the range of the label.
          const value = target.kind === "number" ? Number(valueOf(project, target, answer.value)) : answer.value;
          project.labelAnswers.add(runId, [{ frameId, truth: said, answer: { ...answer, value } }]);
        }
      }
    }
  });
}
