/**
 * @file The model in the loop: proposals for the image in front and those to come next, corrections by scribbles, and what a person takes
 * of them. Computes nothing itself: a process of its own does.
 */
import type { InferenceHost } from "../inference/host.ts";
import { type InferenceJob, type InferenceWork, type PredictedMask } from "../inference/host.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import { isOfVolumes, requireMasks } from "../runs/queue.ts";
import { createLabelMap, decodeLabelMap, encodeLabelMap, takeProposal, withoutPart } from "../voxels/index.ts";
import type { ModelRow, ProposalPart, ProposalStep, Scribble } from "./contract.ts";

/** Proposals prepared and kept until their image is opened. */
const MAX_PREPARED = 24;

interface ProposerParts {
  project: Project;
  host: InferenceHost;
  /** Serialized pixels of a frame. */
  pixels: (frameId: number) => Promise<Uint8Array>;
}

export class Proposer {
  readonly #parts: ProposerParts;
  /** By `frameKey`, what was asked for first. Rejected ones are taken out. */
  readonly #prepared = new Map<string, Promise<PredictedMask>>();
  /** How often the pixels of a frame changed in this session. */
  readonly #changes = new Map<number, number>();

  constructor(parts: ProposerParts) {
    this.#parts = parts;
  }

  /** A model looks at the frame; its proposal waits for a person's decision. At once when it was prepared. */
  async propose(frameId: number, modelId?: number): Promise<ProposalStep> {
    const { project, host } = this.#parts;
    this.#refuseReadOnly();
    const model = this.#model(modelId);
    const job = this.#job(model, frameId, { kind: "predict" });
    // What only waits to be prepared is no hurry any more; if it has begun with this frame, that is what we wait for.
    host.cancelAhead();
    const prepared = await this.#prepared.get(job.frameKey)?.catch(() => null);
    const { mask, confidence, expectedDice } = prepared ?? (await host.run(job));
    this.#prepared.delete(job.frameKey);
    project.proposals.add({ frameId, modelId: model.modelId, runId: null, mask, confidence, expectedDice });
    return this.step(frameId);
  }

  /** Prepares proposals in this order, in place of what was to be prepared before. */
  prepare(frameIds: readonly number[], modelId?: number): void {
    const { host } = this.#parts;
    host.cancelAhead();
    if (frameIds.length === 0) return;
    const model = this.#model(modelId);
    for (const frameId of frameIds) {
      const job = this.#job(model, frameId, { kind: "predict" });
      if (this.#prepared.has(job.frameKey)) continue;
      const prepared = host.run({ ...job, isAhead: true });
      this.#prepared.set(job.frameKey, prepared);
      // Told of when the person opens the image and it is tried again.
      prepared.catch(() => {
        if (this.#prepared.get(job.frameKey) === prepared) this.#prepared.delete(job.frameKey);
      });
    }
    for (const [key] of this.#prepared) {
      if (this.#prepared.size <= MAX_PREPARED) break;
      this.#prepared.delete(key);
    }
  }

  /** The proposal is corrected by a new scribble and those before it. */
  async correct(proposalId: number, scribble: Scribble): Promise<ProposalStep> {
    const { project, host } = this.#parts;
    this.#refuseReadOnly();
    const { frameId, modelId } = project.proposals.get(proposalId);
    const scribbles = [...project.proposalSteps.scribbles(proposalId), scribble];
    const labels = project.proposals.mask(proposalId);
    const model = project.models.get(modelId);
    const corrected = await host.run(this.#job(model, frameId, { kind: "correct", labels, scribbles }));
    project.proposalSteps.correct(proposalId, { ...corrected, scribble });
    return this.step(frameId);
  }

  /** Part of the proposal becomes annotation. `base`: the revision that the person saw. */
  take(proposalId: number, part: ProposalPart, base: number): ProposalStep {
    const { project } = this.#parts;
    const { frameId, modelId } = project.proposals.get(proposalId);
    if (base !== project.annotations.head(frameId)) throw changedElsewhere();
    const { width, height } = project.images.frame(frameId).row;
    const present = project.annotations.mask(frameId);
    const annotation = present === null ? createLabelMap(width, height) : decodeLabelMap(present);
    const proposal = decodeLabelMap(project.proposals.mask(proposalId));
    const locked = project.classes.rows().flatMap(({ value, isLocked }) => (isLocked ? [value] : []));
    const classes = project.models.get(modelId).classes.map(({ value }) => value);
    const isLocked = (value: number): boolean => locked.includes(value);
    const taken = takeProposal({ annotation, proposal, classes, isLocked }, part);
    const rle = encodeLabelMap(taken);
    const isUnchanged = taken.data.every((value, index) => value === annotation.data[index]);
    if (part.kind !== "all") {
      if (isUnchanged) throw nothingTaken("accept");
      project.proposals.takePart(proposalId, rle, base);
    } else if (taken.data.every((value, index) => value === proposal.data[index])) {
      project.proposals.accept(proposalId);
    } else project.proposals.acceptEdited(proposalId, rle);
    return this.step(frameId);
  }

  /** A part of the proposal is not taken: what is left waits in its place, as after a scribble on that part. */
  drop(proposalId: number, part: Exclude<ProposalPart, { kind: "all" }>): ProposalStep {
    const { proposals, proposalSteps } = this.#parts.project;
    const { frameId, expectedDice } = proposals.get(proposalId);
    const without = withoutPart(decodeLabelMap(proposals.mask(proposalId)), part);
    if (without === null) throw nothingTaken("reject");
    const { rest, value, at } = without;
    const scribble = { value, isForeground: false, radius: 0, points: [at] };
    proposalSteps.correct(proposalId, { mask: encodeLabelMap(rest), expectedDice, scribble });
    return this.step(frameId);
  }

  /** What a model says of each pixel. */
  probabilities(frameId: number, modelId?: number) {
    return this.#parts.host.run(this.#job(this.#model(modelId), frameId, { kind: "probabilities" }));
  }

  step(frameId: number): ProposalStep {
    const { proposalSteps } = this.#parts.project;
    return { proposal: proposalSteps.pending(frameId), annotation: proposalSteps.state(frameId) };
  }

  cancel(): void {
    this.#parts.host.cancel();
  }

  /** The pixels of the frame have changed. */
  forget(frameId: number): void {
    this.#changes.set(frameId, (this.#changes.get(frameId) ?? 0) + 1);
    this.#prepared.clear();
  }

  close(): Promise<void> {
    return this.#parts.host.close();
  }

  #model(modelId: number | undefined): ModelRow {
    const { project } = this.#parts;
    if (modelId !== undefined) {
      const model = project.models.get(modelId);
      requireMasks(model);
      return model;
    }
    const models = project.models.list().filter(({ makes }) => makes.includes("masks"));
    // One of volumes says nothing of an image by itself; where there is no other, it tells so.
    const newest = models.find((model) => !isOfVolumes(project, model)) ?? models[0];
    if (newest !== undefined) return newest;
    throw new Problem({
      code: "not-found",
      title: "The project has no model yet.",
      hint: "Annotate some images, assign patients to training and validation under Data, then train a model under Train.",
    });
  }

  #job<Work extends InferenceWork>(model: ModelRow, frameId: number, work: Work): InferenceJob<Work> {
    const { modelId, method, classes } = model;
    const { project, pixels } = this.#parts;
    project.images.frame(frameId); // throws "not-found"
    return {
      model: { key: String(modelId), method, classes, onnx: () => project.models.onnx(modelId) },
      frameKey: `${modelId}/${frameId}/${this.#changes.get(frameId) ?? 0}`,
      frame: () => pixels(frameId),
      work,
    };
  }

  /** Before anything is computed that could not be stored. */
  #refuseReadOnly(): void {
    const { readOnly } = this.#parts.project;
    if (readOnly === null) return;
    throw new Problem({
      code: "read-only",
      title: "The project can only be read, so nothing is proposed.",
      detail: readOnly,
      hint: "Close it in the other window, or open a copy that you may write to.",
    });
  }
}

function changedElsewhere(): Problem {
  return new Problem({
    code: "conflict",
    title: "The annotation was changed elsewhere in the meantime.",
    hint: "Look at the image again, then accept.",
  });
}

function nothingTaken(what: "accept" | "reject"): Problem {
  return what === "reject"
    ? new Problem({
        code: "conflict",
        title: "There is nothing to reject there.",
        hint: "Click on an outlined part of the proposal.",
      })
    : new Problem({
        code: "conflict",
        title: "There is nothing to accept there.",
        detail: "The annotation has these pixels already, the proposal has none there, or their class is locked.",
        hint: "Click on an outlined part of the proposal, or unlock its class.",
      });
}
