/**
 * @file Synthetic images: made by a model, marked as such in the file and in every export, and trained on only (triggers of version 21 hold whoever
 * writes to it). Those of one run are one case.
 */
import { sha256 } from "./blobs.ts";
import type { Annotations } from "./annotations.ts";
import type { ProjectFile } from "./file.ts";
import { IS_SYNTHETIC } from "./frame-columns.ts";
import type { FrameMetadata, Images, SourceFormat } from "./images.ts";
import type { Models } from "./models.ts";

/** What a generator made. */
export interface NewSyntheticFrame {
  /** Bytes of an image file of one frame, without identity. */
  source: Uint8Array;
  format: SourceFormat;
  /** PNG. */
  thumbnail: Uint8Array;
  frame: Omit<FrameMetadata, "synthetic">;
  modality: string | null;
  /** The generator, and the run that drew from it. */
  modelId: number;
  runId: number;
  /** RLE of what it is a picture of, as a person has accepted it. Absent: an image without mask. */
  mask?: Uint8Array;
}

interface SyntheticParts {
  file: ProjectFile;
  images: Images;
  models: Models;
  annotations: Annotations;
}

export class SyntheticFrames {
  readonly #parts: SyntheticParts;

  constructor(parts: SyntheticParts) {
    this.#parts = parts;
  }

  /**
   * Stores image and mask in one transaction, or brings them back if they were removed. Returns the frame id. Throws `Problem` "not-found" for a model that
   * is not there.
   */
  add({ source, format, thumbnail, frame, modality, modelId, runId, mask }: NewSyntheticFrame): number {
    const { file, images, models, annotations } = this.#parts;
    return file.edit("add a synthetic image", ["frames", "project"], () => {
      const { method } = models.get(modelId);
      const digest = sha256(source);
      const added = images.add(
        {
          sourceBytes: source,
          sourceSha256: digest,
          fileName: `synthetic-${modelId}-${digest.slice(0, 12)}.${format}`,
          format,
          modality,
          patientKey: null,
          caseName: `synthetic-run-${runId}`,
          thumbnail,
          frames: [{ ...frame, synthetic: { modelId, runId, method } }],
        },
        { split: "train" },
      );
      const [frameId] = added.frameIds as [number];
      if (mask !== undefined && annotations.head(frameId) === 0)
        annotations.write(frameId, mask, { origin: "accepted", modelId, runId });
      return frameId;
    });
  }

  /** Cases that hold synthetic images. */
  caseIds(): Set<number> {
    const rows = this.#parts.file.all<{ caseId: number }>(
      `SELECT DISTINCT image.case_id AS caseId FROM frame JOIN image ON image.id = frame.image_id
       WHERE ${IS_SYNTHETIC}`,
    );
    return new Set(rows.map(({ caseId }) => caseId));
  }
}
