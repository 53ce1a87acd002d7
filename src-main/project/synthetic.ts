/**
 * @file Synthetic images: made by a model, marked as such in the file and in every export. Each is a case of its own and is
 * trained on only; its mask is a proposal until a person has looked at it.
 */
import { sha256 } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";
import { IS_SYNTHETIC } from "./frame-columns.ts";
import type { FrameMetadata, Images, SourceFormat } from "./images.ts";
import type { Models } from "./models.ts";
import type { NewProposal, Proposals } from "./proposals.ts";
import { badRequest } from "./trouble.ts";

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
  /** What it is a picture of: goes to review before it counts. Absent: an image without mask. */
  mask?: Pick<NewProposal, "mask" | "confidence" | "expectedDice">;
}

export interface AddedSynthetic {
  frameId: number;
  proposalId: number | null;
}

interface SyntheticParts {
  file: ProjectFile;
  images: Images;
  models: Models;
  proposals: Proposals;
}

export class SyntheticFrames {
  readonly #parts: SyntheticParts;

  constructor(parts: SyntheticParts) {
    this.#parts = parts;
  }

  /**
   * Stores image and mask in one transaction. Throws `Problem` "not-found" for a model that is not there, "bad-request" for an image that the
   * project has already: a generator that repeats one is memorising.
   */
  add({ source, format, thumbnail, frame, modality, modelId, runId, mask }: NewSyntheticFrame): AddedSynthetic {
    const { file, images, models, proposals } = this.#parts;
    return file.edit("add a synthetic image", ["frames", "project", "proposals"], () => {
      const { method } = models.get(modelId);
      const digest = sha256(source);
      const name = `synthetic-${modelId}-${digest.slice(0, 12)}`;
      const added = images.add(
        {
          sourceBytes: source,
          sourceSha256: digest,
          fileName: `${name}.${format}`,
          format,
          modality,
          patientKey: null,
          caseName: name,
          thumbnail,
          frames: [{ ...frame, synthetic: { modelId, runId, method } }],
        },
        { split: "train" },
      );
      if (added.duplicate) throw badRequest("The project has this very image already.");
      const [frameId] = added.frameIds as [number];
      return {
        frameId,
        proposalId: mask === undefined ? null : proposals.add({ ...mask, frameId, modelId, runId }),
      };
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
