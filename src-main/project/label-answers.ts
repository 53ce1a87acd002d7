/** @file What models said of whole images whose truth was known, beside that truth: figures are worked out of it when they are asked for. */
import type { LabelAnswer, LabelValue, Split } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

export interface NewLabelAnswer {
  frameId: number;
  truth: LabelValue;
  answer: LabelAnswer;
}

export interface KnownAnswer extends NewLabelAnswer {
  caseId: number;
  caseName: string;
  fileName: string;
}

export class LabelAnswers {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** A run that is resumed says the same again. */
  add(runId: number, answers: readonly NewLabelAnswer[]): void {
    this.#file.edit("keep answers", ["evaluations"], () => {
      for (const { frameId, truth, answer } of answers) {
        this.#file.run(
          "INSERT OR REPLACE INTO label_answer (run_id, frame_id, definition_id, class_name, number, answer) VALUES (?, ?, ?, ?, ?, ?)",
          runId,
          frameId,
          answer.labelId,
          typeof truth === "string" ? truth : null,
          typeof truth === "number" ? truth : null,
          JSON.stringify(answer),
        );
      }
    });
  }

  /** Of the latest run that judged the model on a split, as the images were split then; by label, then case. What proposes judges on validation. Null where none did. */
  latest(modelId: number, split: Split): { runId: number; answers: KnownAnswer[] } | null {
    const run = this.#file.get<{ runId: number | null }>(
      `SELECT max(run.id) AS runId FROM run WHERE run.model_id = ? AND run.state = 'done' AND EXISTS (
         SELECT 1 FROM label_answer WHERE label_answer.run_id = run.id)
       AND CASE run.kind WHEN 'predict' THEN 'val' ELSE json_extract(run.snapshot, '$.frames[0].split') END = ?`,
      modelId,
      split,
    );
    const runId = run?.runId ?? null;
    if (runId === null) return null;
    const rows = this.#file.all<Omit<KnownAnswer, "answer"> & { answer: string }>(
      `SELECT frame_id AS frameId, coalesce(label_answer.class_name, label_answer.number) AS truth, answer, case_.id AS caseId, case_.name AS caseName, image.file_name AS fileName
       FROM label_answer JOIN frame ON frame.id = frame_id JOIN image ON image.id = frame.image_id JOIN case_ ON case_.id = image.case_id
       WHERE run_id = ? ORDER BY definition_id, case_.id, frame_id`,
      runId,
    );
    return { runId, answers: rows.map((row) => ({ ...row, answer: JSON.parse(row.answer) as LabelAnswer })) };
  }
}
