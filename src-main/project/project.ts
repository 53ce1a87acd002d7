/**
 * @file An open project: the nouns it holds, and what goes for all of them.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { LeakReport, ProjectSummary } from "../api/contract.ts";
import { Annotations } from "./annotations.ts";
import { plainBytes } from "./blobs.ts";
import { BulkActions } from "./bulk-actions.ts";
import { BurnedIn } from "./burned-in.ts";
import { Cases } from "./cases.ts";
import { ClassUsage } from "./class-usage.ts";
import { Classes } from "./classes.ts";
import { Evaluations } from "./evaluations.ts";
import { Experiments } from "./experiments.ts";
import { Problem } from "../problem/index.ts";
import type { ChangeListener, CopyOptions, Durability, ProjectFile } from "./file.ts";
import { Images } from "./images.ts";
import { Imports } from "./imports.ts";
import { LabelDefinitions } from "./label-definitions.ts";
import { findLeaks } from "./leaks.ts";
import { Labels } from "./labels.ts";
import { LabelProposals } from "./label-proposals.ts";
import { LabelReadOuts } from "./label-read-outs.ts";
import { LabelAnswers } from "./label-answers.ts";
import { KeptWindows } from "./kept-windows.ts";
import type { ProjectLock } from "./lock.ts";
import { ManyDecisions } from "./many-decisions.ts";
import { Models } from "./models.ts";
import { Proposals } from "./proposals.ts";
import { Pairings } from "./pairings.ts";
import { TranslationScores } from "./translation-scores.ts";
import { Translations } from "./translations.ts";
import { ProposalSteps } from "./proposal-steps.ts";
import { RegionMarks } from "./region-marks.ts";
import { Reviews } from "./reviews.ts";
import { Removals } from "./removals.ts";
import { Revisions } from "./revisions.ts";
import { RunSamples } from "./run-samples.ts";
import { CarriedOutlines } from "./carried-outlines.ts";
import { RunHistory } from "./run-history.ts";
import { Runs } from "./runs.ts";
import { Slices } from "./slices.ts";
import { Trunks } from "./trunks.ts";
import type { SnapshotOutcome } from "./snapshot.ts";
import { SyntheticFrames } from "./synthetic.ts";
import { SyntheticPairs } from "./synthetic-pairs.ts";

interface ProjectParts {
  file: ProjectFile;
  lock: ProjectLock | null;
  /** Takes the snapshot of this opening; obeys the signal. */
  snapshot: (signal: AbortSignal) => Promise<SnapshotOutcome>;
}

export class Project {
  readonly classes: Classes;
  readonly classUsage: ClassUsage;
  readonly windows: KeptWindows;
  readonly cases: Cases;
  readonly burnedIn: BurnedIn;
  readonly images: Images;
  readonly annotations: Annotations;
  readonly labelDefinitions: LabelDefinitions;
  readonly slices: Slices;
  readonly labels: Labels;
  readonly labelProposals: LabelProposals;
  readonly labelReadOuts: LabelReadOuts;
  readonly labelAnswers: LabelAnswers;
  readonly imports: Imports;
  readonly runs: Runs;
  readonly runSamples: RunSamples;
  readonly runHistory: RunHistory;
  readonly carriedOutlines: CarriedOutlines;
  readonly models: Models;
  readonly trunks: Trunks;
  readonly proposals: Proposals;
  readonly proposalSteps: ProposalSteps;
  readonly reviews: Reviews;
  readonly regionMarks: RegionMarks;
  readonly evaluations: Evaluations;
  readonly experiments: Experiments;
  readonly synthetic: SyntheticFrames;
  readonly syntheticPairs: SyntheticPairs;
  readonly translations: Translations;
  readonly translationScores: TranslationScores;
  readonly pairings: Pairings;
  readonly bulk: BulkActions;
  /** How the snapshot of this opening went. Never rejects. */
  readonly snapshot: Promise<SnapshotOutcome>;
  readonly #file: ProjectFile;
  readonly #lock: ProjectLock | null;
  readonly #closing = new AbortController();

  constructor({ file, lock, snapshot }: ProjectParts) {
    this.#file = file;
    this.#lock = lock;
    const revisions = new Revisions(file);
    this.classes = new Classes(file);
    this.windows = new KeptWindows(file);
    this.cases = new Cases(file);
    this.burnedIn = new BurnedIn(file);
    this.images = new Images(file, this.cases, this.burnedIn);
    this.annotations = new Annotations(file, this.classes, revisions);
    this.classUsage = new ClassUsage({ file, classes: this.classes, revisions, annotations: this.annotations });
    this.labelDefinitions = new LabelDefinitions(file);
    this.slices = new Slices(file, this.annotations);
    this.labels = new Labels(file, this.labelDefinitions);
    this.labelProposals = new LabelProposals(file, this.labelDefinitions, this.labels);
    this.labelReadOuts = new LabelReadOuts(file, this.labelProposals, this.labelDefinitions);
    this.labelAnswers = new LabelAnswers(file);
    this.imports = new Imports(file);
    this.runs = new Runs(file);
    this.runSamples = new RunSamples(file, { runs: this.runs, revisions });
    this.runHistory = new RunHistory(file);
    this.models = new Models(file);
    this.trunks = new Trunks(file);
    this.proposals = new Proposals(file, this.annotations);
    this.proposalSteps = new ProposalSteps(file, { proposals: this.proposals, annotations: this.annotations });
    this.regionMarks = new RegionMarks(file, this.proposals);
    const decisions = new ManyDecisions(file, { proposals: this.proposals, annotations: this.annotations });
    this.reviews = new Reviews(file, { proposals: this.proposals, decisions, annotations: this.annotations });
    this.evaluations = new Evaluations(file, this.models);
    this.experiments = new Experiments(file, this.runs);
    const { cases, labels, labelDefinitions } = this;
    this.bulk = new BulkActions({ file, cases, decisions, labels, labelDefinitions, removals: new Removals(file) });
    const { images, models, annotations, runs, bulk } = this;
    this.synthetic = new SyntheticFrames({ file, images, models, annotations });
    this.syntheticPairs = new SyntheticPairs({ file, runs, synthetic: this.synthetic, bulk });
    this.carriedOutlines = new CarriedOutlines(file, annotations);
    this.translations = new Translations({ file, images, runs, models, outlines: this.carriedOutlines });
    this.translationScores = new TranslationScores(file);
    this.pairings = new Pairings({ file, images, slices: this.slices, translations: this.translations });
    this.snapshot = snapshot(this.#closing.signal);
  }

  get path(): string {
    return this.#file.path;
  }

  get name(): string {
    return this.#file.name;
  }

  /** Tells projects apart wherever they lie; a copy has that of its original. Says nothing of the secret it is made from. */
  get projectId(): string {
    return createHash("sha256").update("aliquot project\0").update(this.secret).digest("hex").slice(0, 16);
  }

  /** Edits that the file holds. */
  get edits(): number {
    return this.#file.edits;
  }

  /** Key of all pseudonyms of this project: 16 random bytes made with the file. They leave it in no export. */
  get secret(): Uint8Array {
    const row = this.#file.get<{ secret: Uint8Array }>("SELECT patient_salt AS secret FROM project");
    return plainBytes(row!.secret);
  }

  /** Why nothing can be written, as a sentence; null if it can. */
  get readOnly(): string | null {
    return this.#file.readOnly?.text ?? null;
  }

  /**
   * Several changes as one transaction: all are stored, or none. `work` must not wait. `durability` "soon" is for many edits in a row,
   * with `settle` at least once a second and after the last.
   */
  edit<T>(what: string, work: (project: this) => T, durability?: Durability): T {
    return this.#file.edit(what, [], () => work(this), durability);
  }

  /** Waits until all edits have reached the disk. */
  settle(): void {
    this.#file.settle();
  }

  /** Writes nothing that counts, durably. Throws `Problem` when the file cannot be written now. */
  probe(): void {
    this.#file.edit("probe", [], () => undefined);
  }

  /**
   * Writes the project as it is now to a new file, also when its own is gone from its place. Edits are refused ("busy") until
   * `release` is called. Throws `Problem` "project-exists", "disk-full", "file-unreadable", or what `signal` was aborted with; then
   * nothing is left behind.
   */
  async copyTo(filePath: string, options: CopyOptions = {}): Promise<{ release: () => void }> {
    const fileName = path.basename(filePath);
    if (fs.existsSync(filePath)) {
      throw new Problem({
        code: "project-exists",
        title: `${fileName}: there is already a file of this name.`,
        detail: "It was not changed.",
        hint: "Choose another name or another folder.",
      });
    }
    const unfinished = `${filePath}-new`;
    try {
      const held = await this.#file.copyTo(unfinished, options);
      try {
        fs.renameSync(unfinished, filePath);
      } catch (error) {
        held.release();
        throw error;
      }
      return held;
    } catch (error) {
      fs.rmSync(unfinished, { force: true });
      const { code } = error as { code?: string };
      if (error instanceof Problem || options.signal?.aborted === true) throw error;
      throw new Problem(
        {
          code: "file-unreadable",
          title: `${fileName}: the copy cannot be written there.`,
          detail: `The system says ${code ?? "nothing more"}. The project itself is not changed.`,
          hint: "Choose another folder, one that exists and that you may write to.",
        },
        { cause: error },
      );
    }
  }

  /** Called after each stored change with the lists that changed. Returns a function that ends it. */
  onChange(listener: ChangeListener): () => void {
    return this.#file.onChange(listener);
  }

  /** What two splits share and should not. */
  leaks(): LeakReport {
    return findLeaks(this.#file);
  }

  summary(): ProjectSummary {
    const none = () => ({ cases: 0, frames: 0, annotated: 0 });
    const bySplit: ProjectSummary["counts"]["bySplit"] = {
      train: none(),
      val: none(),
      test: none(),
      unlabelled: none(),
      unassigned: none(),
    };
    const cases = this.cases.list();
    const total = none();
    for (const { split, frames, annotated } of cases) {
      for (const counts of [bySplit[split ?? "unassigned"], total]) {
        counts.cases++;
        counts.frames += frames;
        counts.annotated += annotated;
      }
    }
    const proposals = this.proposals.list({ state: "pending" }).length;
    return {
      projectId: this.projectId,
      name: this.name,
      path: this.path,
      readOnly: this.readOnly,
      classes: this.classes.rows(),
      windows: this.windows.list(),
      counts: {
        ...total,
        proposals,
        bySplit,
        burnedIn: this.burnedIn.counts(),
        synthetic: this.syntheticPairs.counts(),
      },
    };
  }

  /** Ends a snapshot under way, then lets go of the file. May be called twice. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#file.close();
    this.#lock?.release();
  }
}
