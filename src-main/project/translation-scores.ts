/** @file How near the images that a model translates are to real ones, pair by pair of a split. */
import type { Split, TranslationScoreRow } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

/** Names are the project's to add. */
export type NewTranslationScore = Omit<TranslationScoreRow, "frameName" | "caseName">;

/** `caseId`: the patient. */
export type KnownTranslationScore = TranslationScoreRow & { caseId: number };

export class TranslationScores {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** All figures of the model on the split, in place of those before. */
  replace(
    { modelId, split, runId }: { modelId: number; split: Split; runId: number },
    rows: readonly NewTranslationScore[],
  ): void {
    this.#file.edit("store an evaluation", ["evaluations"], () => {
      this.#file.run("DELETE FROM translation_score WHERE model_id = ? AND split = ?", modelId, split);
      for (const { frameId, targetFrameId, nmae, psnr, ssim, shiftDown, shiftAcross } of rows) {
        this.#file.run(
          `INSERT INTO translation_score
             (model_id, split, frame_id, target_frame_id, run_id, nmae, psnr, ssim, shift_down, shift_across)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[modelId, split, frameId, targetFrameId, runId, nmae, psnr, ssim, shiftDown, shiftAcross],
        );
      }
    });
  }

  /** By case and frame, and the run that told them; null: not judged on the split yet. */
  of(modelId: number, split: Split): { runId: number; rows: KnownTranslationScore[] } | null {
    const all = this.#file.all<
      KnownTranslationScore & { runId: number; fileName: string; frameIndex: number; frameCount: number }
    >(
      `SELECT translation_score.frame_id AS frameId, target_frame_id AS targetFrameId, run_id AS runId, nmae, psnr, ssim,
         shift_down AS shiftDown, shift_across AS shiftAcross, image.file_name AS fileName, frame.frame_index AS frameIndex,
         (SELECT count(*) FROM frame AS sibling WHERE sibling.image_id = image.id) AS frameCount,
         case_.id AS caseId, case_.name AS caseName
       FROM translation_score JOIN frame ON frame.id = translation_score.frame_id JOIN image ON image.id = frame.image_id
       JOIN case_ ON case_.id = image.case_id
       WHERE model_id = ? AND translation_score.split = ?
       ORDER BY case_.id, image.file_name, image.id, frame.frame_index`,
      modelId,
      split,
    );
    if (all.length === 0) return null;
    const rows = all.map(({ runId: _, fileName, frameIndex, frameCount, ...row }) => ({
      ...row,
      frameName: frameCount > 1 ? `${fileName} · ${frameIndex + 1}` : fileName,
    }));
    return { runId: all[0]!.runId, rows };
  }
}
