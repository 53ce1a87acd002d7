/**
 * @file Outlines of images carried to what was translated of them: a translation lies on the pixels of its source. What a person drew on the translation itself
 * is never touched, and what nobody has looked at is not carried.
 */
import type { CarriedOutcome, MaskOrigin } from "../api/contract.ts";
import type { Annotations } from "./annotations.ts";
import { newGroup } from "./edit-groups.ts";
import type { ProjectFile } from "./file.ts";

interface Candidate {
  frameId: number;
  /** Of the translation. */
  headId: number | null;
  carriedFrom: number | null;
  /** Of its source. */
  outlineId: number | null;
  isUnseen: 0 | 1 | null;
  origin: MaskOrigin;
  modelId: number | null;
  runId: number | null;
}

/** A source that was removed is none; of one with other pixels nothing fits. */
const CANDIDATES = `
  SELECT made.id AS frameId, made.head_id AS headId, present.carried_from AS carriedFrom, source.head_id AS outlineId,
    outline.is_unseen AS isUnseen, outline.origin, outline.model_id AS modelId, outline.run_id AS runId
  FROM translated_frame JOIN frame AS made ON made.id = translated_frame.frame_id
  JOIN image AS made_image ON made_image.id = made.image_id AND made_image.removed_by IS NULL
  JOIN frame AS source ON source.id = translated_frame.source_frame_id AND source.width = made.width AND source.height = made.height
  JOIN image AS source_image ON source_image.id = source.image_id AND source_image.removed_by IS NULL
  LEFT JOIN mask_revision AS present ON present.id = made.head_id
  LEFT JOIN mask_revision AS outline ON outline.id = source.head_id`;

export class CarriedOutlines {
  readonly #file: ProjectFile;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, annotations: Annotations) {
    this.#file = file;
    this.#annotations = annotations;
  }

  /** To all translated images of the project whose annotation is not their own: one action, which undo on any of them takes back. */
  carry(): CarriedOutcome {
    return this.#file.edit("carry outlines to translated images", ["frames"], () => {
      const candidates = this.#file.all<Candidate>(`${CANDIDATES} ORDER BY made.id`);
      const isOwn = ({ headId, carriedFrom }: Candidate): boolean => headId !== null && carriedFrom === null;
      const open = candidates.filter((each) => !isOwn(each));
      const carried = this.#write(open, () => newGroup(this.#file));
      const count = (holds: (each: Candidate) => boolean): number => open.filter(holds).length;
      return {
        carried,
        kept: candidates.length - open.length,
        bare: count(({ outlineId, headId }) => outlineId === null && headId === null),
        unseen: count(({ isUnseen }) => isUnseen === 1),
        withdrawn: count(({ outlineId, headId }) => outlineId === null && headId !== null),
      };
    });
  }

  /** To images that were just made. Within an edit. */
  carryTo(frameIds: readonly number[]): void {
    const candidates = this.#file.all<Candidate>(
      `${CANDIDATES} WHERE made.id IN (SELECT value FROM json_each(?)) ORDER BY made.id`,
      JSON.stringify(frameIds),
    );
    this.#write(candidates);
  }

  /** Returns how many. */
  #write(candidates: readonly Candidate[], group?: () => number): number {
    const stale = candidates.filter(
      ({ outlineId, isUnseen, carriedFrom }) => outlineId !== null && isUnseen === 0 && carriedFrom !== outlineId,
    );
    const groupId = stale.length > 0 ? group?.() : undefined;
    for (const { frameId, outlineId, origin, modelId, runId } of stale) {
      this.#annotations.write(frameId, this.#annotations.revision(outlineId!), {
        origin,
        modelId: modelId ?? undefined,
        runId: runId ?? undefined,
        carriedFrom: outlineId!,
        groupId,
      });
    }
    return stale.length;
  }
}
