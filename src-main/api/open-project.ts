/**
 * @file An open project with what works on it: run queue, import jobs, decoded frames. Closing it ends all of them.
 */
import type { DecodePool } from "../imaging/index.ts";
import { splitCases, type SplitCounts } from "../interchange/index.ts";
import { InferenceHost, type InferenceProcess } from "../inference/host.ts";
import type { BackboneShelf } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import { type ChildProcessLike, createRunQueue, type RunQueue } from "../runs/queue.ts";
import {
  createLabelMap,
  type Frame,
  decodeLabelMap,
  encodeLabelMap,
  presentClasses,
  serializeFrame,
} from "../voxels/index.ts";
import type { AnnotationState, ModelRow, ProjectSummary, ProposalRow } from "./contract.ts";
import { Deformations } from "./deformations.ts";
import { SeriesRanges } from "./series-ranges.ts";
import { DecisionsJob } from "./decisions-job.ts";
import { ChangeNotices } from "./change-notices.ts";
import { ExportJobs } from "./export-jobs.ts";
import { FrameCache } from "./frame-cache.ts";
import { type ImportChoice, ImportJob, type ImportRequest } from "./import-job.ts";
import type { Listeners, SessionEvent } from "./listeners.ts";
import { PairAligner } from "./pair-aligner.ts";
import { Proposer } from "./proposer.ts";
import { Redactions } from "./redactions.ts";
import { Reviewer } from "./reviewer.ts";
import { RunBundles } from "./run-bundles.ts";
import { datasetStatistics } from "./statistics.ts";
import { StatisticsJob } from "./statistics-job.ts";

/** Decoded frames kept, in bytes: some hundred CT slices. */
const FRAME_CACHE_BYTES = 192 * 2 ** 20;

export interface OpenProjectParts {
  project: Project;
  pool: DecodePool;
  listeners: Listeners;
  spawnRun: () => ChildProcessLike;
  spawnInference: () => InferenceProcess;
  workFolder: string;
  device: string;
  backbones: BackboneShelf;
}

export class OpenProject {
  readonly project: Project;
  readonly queue: RunQueue;
  readonly exports: ExportJobs;
  readonly redactions: Redactions;
  readonly statistics: StatisticsJob;
  readonly proposer: Proposer;
  readonly bundles: RunBundles;
  readonly reviewer: Reviewer;
  readonly decisions: DecisionsJob;
  readonly aligner: PairAligner;
  readonly deformations: Deformations;
  readonly ranges: SeriesRanges;
  readonly #pool: DecodePool;
  readonly #listeners: Listeners;
  readonly #frames = new FrameCache(FRAME_CACHE_BYTES);
  /** Of this session, by id. */
  readonly #imports = new Map<number, ImportJob>();
  readonly #off: (() => void)[];
  readonly #changes: ChangeNotices;

  constructor(parts: OpenProjectParts) {
    const { project, pool, listeners, spawnRun, spawnInference, workFolder, device, backbones } = parts;
    this.project = project;
    this.#pool = pool;
    this.#listeners = listeners;
    this.queue = createRunQueue({ project, spawn: spawnRun, device, workFolder, backbones });
    const host = new InferenceHost({ spawn: spawnInference, device });
    const pixels = (frameId: number): Promise<Uint8Array> => this.pixels(frameId);
    this.proposer = new Proposer({ project, host, pixels });
    this.reviewer = new Reviewer(project);
    this.decisions = new DecisionsJob((data) => listeners.tell({ type: "decisions", data }));
    this.bundles = new RunBundles({ project, queue: this.queue, pool, listeners });
    this.exports = new ExportJobs({ project, pool, listeners });
    const forget = (frameId: number): void => {
      this.#frames.delete(frameId);
      this.proposer.forget(frameId);
      this.ranges.forget();
    };
    this.redactions = new Redactions({ project, pool, listeners, forget });
    // Frames are read past the cache of those on screen.
    const readFrame = (frameId: number, signal: AbortSignal): Promise<Frame> => {
      const { bytes, fileName, frameIndex } = project.images.sourceOfFrame(frameId);
      return pool.pixels(bytes, { fileName, frame: frameIndex }, { signal });
    };
    this.ranges = new SeriesRanges({ project, readFrame: (id) => readFrame(id, new AbortController().signal) });
    this.deformations = new Deformations({ project, host, pixels, ranges: this.ranges });
    this.statistics = new StatisticsJob(
      (work) => datasetStatistics({ project, readFrame, ...work }),
      (data) => listeners.tell({ type: "statistics", data }),
    );
    this.aligner = new PairAligner({ project, readFrame, tell: (data) => listeners.tell({ type: "alignment", data }) });
    this.#changes = new ChangeNotices((data) => listeners.tell({ type: "changed", data }));
    this.#off = [
      project.onChange((what, frameIds) => this.#changes.note(what, frameIds)),
      this.queue.on((event) => {
        if (event.type === "run") return listeners.tell({ type: "run", data: event.run });
        const { type, ...data } = event;
        listeners.tell({ type, data } as SessionEvent);
      }),
    ];
  }

  /** A frame's pixels in the layout of voxels/frame.ts; decoded in another process. */
  async pixels(frameId: number): Promise<Uint8Array<ArrayBuffer>> {
    const cached = this.#frames.get(frameId);
    if (cached !== undefined) return cached;
    const { bytes, fileName, frameIndex } = this.project.images.sourceOfFrame(frameId);
    const serialized = serializeFrame(
      await this.#pool.pixels(bytes, { fileName, frame: frameIndex }, { isUrgent: true }),
    );
    this.#frames.set(frameId, serialized);
    return serialized;
  }

  /** The present annotation: an empty label map while nothing was drawn. */
  mask(frameId: number): { annotation: AnnotationState; bytes: Uint8Array } {
    const { annotations, images, proposalSteps } = this.project;
    const annotation = proposalSteps.state(frameId);
    const { width, height } = images.frame(frameId).row;
    return { annotation, bytes: annotations.mask(frameId) ?? encodeLabelMap(createLabelMap(width, height)) };
  }

  /** Stores what a person drew. `base` is the revision drawn on; a stale one is refused as a conflict. */
  draw(frameId: number, bytes: Uint8Array, base: number | undefined): AnnotationState {
    this.#checkMask(frameId, bytes);
    return this.project.annotations.write(frameId, bytes, { origin: "drawn", base });
  }

  /** The proposal of a frame, as in the frame list. */
  proposalOf(frameId: number): ProposalRow {
    const { proposal, name } = this.project.images.frame(frameId).row;
    if (proposal !== null) return proposal;
    throw new Problem({ code: "not-found", title: `${name} has no proposal.`, hint: "Run a model on it first." });
  }

  /** Takes an edited proposal as the annotation. */
  acceptEdited(proposalId: number, bytes: Uint8Array): ProposalRow {
    const { proposals } = this.project;
    this.#checkMask(proposals.get(proposalId).frameId, bytes);
    return proposals.acceptEdited(proposalId, bytes);
  }

  latestModel(): ModelRow {
    const latest = this.project.models
      .list()
      .reduce<ModelRow | null>(
        (latest, model) => (latest === null || model.modelId > latest.modelId ? model : latest),
        null,
      );
    if (latest !== null) return latest;
    throw new Problem({ code: "not-found", title: "The project has no model yet.", hint: "Train one first." });
  }

  /** Deals cases to splits at random, repeatably by `seed`; the rest is unlabelled. */
  assignSplits(counts: SplitCounts): ProjectSummary {
    const { cases } = this.project;
    // Synthetic images are trained on; to be judged by them would say nothing.
    const synthetic = this.project.synthetic.caseIds();
    const real = cases.list().filter(({ caseId }) => !synthetic.has(caseId));
    cases.assignSplits(splitCases(real, counts, cases.list().length - real.length));
    return this.project.summary();
  }

  /** Starts an import; one at a time, so that progress and order of images are plain. */
  startImport(request: ImportRequest): ImportJob {
    if ([...this.#imports.values()].some(({ state }) => state.state === "running")) {
      throw new Problem({ code: "busy", title: "An import is running.", hint: "Wait for it to end, or cancel it." });
    }
    for (const earlier of this.#imports.values()) earlier.release();
    const job = new ImportJob(this.#imports.size + 1, {
      project: this.project,
      pool: this.#pool,
      request,
      tell: (state) => this.#listeners.tell({ type: "import", data: state }),
    });
    this.#imports.set(job.state.importId, job);
    return job;
  }

  /** The files of a dry run once more, otherwise chosen. */
  importAgain(importId: number, choice: ImportChoice): ImportJob {
    const { files } = this.importJob(importId);
    if (files !== null) return this.startImport({ ...files, ...choice });
    throw new Problem({
      code: "not-found",
      title: "The files of this preview are not at hand any more.",
      hint: "Choose them again.",
    });
  }

  importJob(importId: number): ImportJob {
    const job = this.#imports.get(importId);
    if (job !== undefined) return job;
    throw new Problem({
      code: "not-found",
      title: `There is no import ${importId}.`,
      hint: "Imports are followed until the project is closed; earlier ones are listed under their reports.",
    });
  }

  /** Ends all that works on the project: a run is interrupted, jobs are cancelled. The project stays open, to be read. */
  async end(): Promise<void> {
    await this.exports.close();
    await this.decisions.close();
    await this.proposer.close();
    await this.bundles.close();
    await this.redactions.close();
    await this.statistics.close();
    await this.aligner.close();
    for (const job of this.#imports.values()) job.cancel();
    await Promise.all([...this.#imports.values()].map(({ ended }) => ended));
    await this.queue.close();
    for (const off of this.#off) off();
    this.#changes.end();
  }

  async close(): Promise<void> {
    await this.end();
    this.project.close();
  }

  /** A label map from outside must have the frame's size and hold classes of this project only. */
  #checkMask(frameId: number, bytes: Uint8Array): void {
    const { width, height } = this.project.images.frame(frameId).row;
    const known = new Set(this.project.classes.list().map(({ value }) => value));
    const foreign = presentClasses(decodeLabelMap(bytes, { width, height })).filter((value) => !known.has(value));
    if (foreign.length === 0) return;
    throw new Problem({
      code: "bad-request",
      title: "The annotation holds a class that the project does not have.",
      detail: `Class values: ${foreign.join(", ")}.`,
      hint: "Add the class first.",
    });
  }
}
