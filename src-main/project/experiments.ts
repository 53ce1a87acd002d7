/** @file Experiments: what each compares, as a document, and the scores of the trainings that are done. */
import type { ProjectFile } from "./file.ts";
import type { NewRun, Runs } from "./runs.ts";

/** A training of an experiment that is done. */
export interface TrainingScores {
  arm: string;
  /** Images whose labels it saw. */
  labelled: number;
  seed: number;
  fold: number;
  /**
   * In [0, 1], of each case that was judged and each class: Dice; or, of a label, whose class the value is the place of, the share of images that was said
   * right. Both stand in the column `dice`.
   */
  scores: readonly { caseId: number; classValue: number; score: number }[];
}

export class Experiments {
  readonly #file: ProjectFile;
  readonly #runs: Runs;

  constructor(file: ProjectFile, runs: Runs) {
    this.#file = file;
    this.#runs = runs;
  }

  /** Queued as a run. `plan` is kept as it is. Returns the run id. */
  create(run: NewRun, plan: object): number {
    return this.#file.edit("queue an experiment", ["experiments"], () => {
      const runId = this.#runs.create(run);
      this.#file.run("INSERT INTO experiment (run_id, plan) VALUES (?, ?)", runId, JSON.stringify(plan));
      return runId;
    });
  }

  /** Newest first. */
  list(): { runId: number; createdAt: string; plan: unknown; done: number }[] {
    return this.#file
      .all<{ runId: number; createdAt: string; plan: string; done: number }>(
        `SELECT experiment.run_id AS runId, run.created_at AS createdAt, plan,
           (SELECT count(*) FROM (SELECT DISTINCT arm, labelled, seed, fold FROM experiment_score
              WHERE experiment_score.run_id = experiment.run_id)) AS done
         FROM experiment JOIN run ON run.id = experiment.run_id ORDER BY experiment.run_id DESC`,
      )
      .map((row) => ({ ...row, plan: JSON.parse(row.plan) as unknown }));
  }

  /** What `create` was given; undefined when the run is no experiment. */
  plan(runId: number): unknown {
    const row = this.#file.get<{ plan: string }>("SELECT plan FROM experiment WHERE run_id = ?", runId);
    return row === undefined ? undefined : (JSON.parse(row.plan) as unknown);
  }

  /** Scores of a training that is there already replace it: a resumed run may have repeated it. */
  addScores(runId: number, { arm, labelled, seed, fold, scores }: TrainingScores): void {
    this.#file.edit("store scores of an experiment", ["experiments"], () => {
      for (const { caseId, classValue, score } of scores) {
        this.#file.run(
          `INSERT OR REPLACE INTO experiment_score (run_id, arm, labelled, seed, fold, case_id, class_value, dice)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          runId,
          arm,
          labelled,
          seed,
          fold,
          caseId,
          classValue,
          score,
        );
      }
    });
  }

  /** Of all trainings that are done. */
  scores(runId: number): TrainingScores[] {
    const rows = this.#file.all<Omit<TrainingScores, "scores"> & { caseId: number; classValue: number; score: number }>(
      `SELECT arm, labelled, seed, fold, case_id AS caseId, class_value AS classValue, dice AS score
       FROM experiment_score WHERE run_id = ? ORDER BY arm, labelled, seed, fold, case_id, class_value`,
      runId,
    );
    const trainings = Map.groupBy(rows, ({ arm, labelled, seed, fold }) => `${arm}/${labelled}/${seed}/${fold}`);
    return [...trainings.values()].map((own) => {
      const { arm, labelled, seed, fold } = own[0]!;
      return {
        arm,
        labelled,
        seed,
        fold,
        scores: own.map(({ caseId, classValue, score }) => ({ caseId, classValue, score })),
      };
    });
  }
}
