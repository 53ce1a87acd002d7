/**
 * @file Images and their frames: source bytes stored once per content, and what is known of each frame.
 */
import type { FrameColumns, FrameRow, MaskOrigin, ProposalState, Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { Frame, FunctionWindow, InstanceReference } from "../voxels/index.ts";
import { plainBytes, storeBlob } from "./blobs.ts";
import { type BurnedIn, burnedInState, type Finding } from "./burned-in.ts";
import type { Cases } from "./cases.ts";
import type { ProjectFile } from "./file.ts";
import { frameColumns, IS_SYNTHETIC, IS_TRANSLATED } from "./frame-columns.ts";
import { inSeriesOrder } from "./series-order.ts";
import { replacePixels, type ReplacedPixels, replacePixelsInSnapshots } from "./replace-pixels.ts";
import { badRequest, found } from "./trouble.ts";

/** What is known of a frame without its stored file, and what to open it with. */
export type FrameMetadata = Omit<Frame, "data" | "window" | "windows" | "overlays"> & {
  window: FunctionWindow | null;
  suggestedWindow?: FunctionWindow;
  /** Of DICOM files. */
  instance?: InstanceReference;
  /** Of DICOM files: whether they were imported with their own UIDs. Left out by versions that did not record it. */
  keepsUids?: boolean;
  /** Present where the pixels were made by a model, not by a device. */
  synthetic?: SyntheticSource;
};

/** The project's own model, or the word of an imported file, which does not say more that could be trusted. */
export type SyntheticSource =
  /** `translatedFrom`: frame of another modality that it was made of. */
  { modelId: number; runId?: number; method: string; translatedFrom?: number } | { declaredBy: "dicom" };

/** Kind of the file that was imported. */
export type SourceFormat = "png" | "jpeg" | "dicom" | "tiff" | "bmp" | "webp" | "nifti" | "nrrd";

export interface NewImage {
  /** What is stored: the file without identity; or each frame as its own file of one frame, in order. */
  sourceBytes: Uint8Array | readonly Uint8Array[];
  /** Digest of the file as it was chosen: the same file is known again. */
  sourceSha256: string;
  /** Without folder. */
  fileName: string;
  format: SourceFormat;
  modality: string | null;
  /** Digest; null when the file does not tell patients apart. */
  patientKey: string | null;
  /** Shown for the case; null: it is numbered. */
  caseName: string | null;
  /** Picture of the image; a frame may have its own. */
  thumbnail: Uint8Array;
  frames: (FrameMetadata & { thumbnail?: Uint8Array })[];
  /** What was found of writing in the pixels, frame by frame; left out where nobody searched. */
  findings?: readonly Finding[] | undefined;
}

/** A stored file after a redaction. */
export interface RedactedFile {
  /** A frame of the file. */
  frameId: number;
  bytes: Uint8Array;
  /** PNG of its middle frame. */
  thumbnail: Uint8Array;
  /** The frames that were redacted, and what a search for writing finds in them now. */
  frames: { frameId: number; finding: Finding }[];
  /** How many were set in each. */
  rectangles: number;
  /** A person has looked at them all. */
  isReviewed: boolean;
}

export interface AddedImage {
  imageId: number;
  frameIds: number[];
  /** True when the image was there already: nothing was changed. */
  duplicate: boolean;
}

export interface FrameDetail {
  row: FrameRow;
  metadata: FrameMetadata;
  imageId: number;
  frameIndex: number;
}

interface FrameRecord extends Omit<FrameRow, "name" | "annotation" | "isSynthetic" | "isTranslated" | "proposal"> {
  isSynthetic: 0 | 1;
  isTranslated: 0 | 1;
  fileName: string;
  annotation: MaskOrigin | null;
  metadata?: string;
  proposalId: number | null;
  proposalModelId: number;
  proposalState: ProposalState;
  proposalExpectedDice: number;
}

// The newest proposal that was not replaced; a frame has at most one that is pending.
const frameColumnsOfRow = `
  frame.id AS frameId, frame.image_id AS imageId, image.file_name AS fileName, image.case_id AS caseId,
  case_.name AS caseName, case_.split, frame.width, frame.height, image.modality, frame.frame_index AS frameIndex,
  (SELECT count(*) FROM frame AS sibling WHERE sibling.image_id = image.id) AS frameCount,
  mask_revision.origin AS annotation, mask_revision.created_at AS annotatedAt, proposal.id AS proposalId, proposal.model_id AS proposalModelId,
  proposal.state AS proposalState, proposal.expected_dice AS proposalExpectedDice,
  ${burnedInState} AS burnedIn, ${IS_SYNTHETIC} AS isSynthetic, ${IS_TRANSLATED} AS isTranslated`;
const frameTables = `
  frame JOIN image ON image.id = frame.image_id JOIN case_ ON case_.id = image.case_id
  LEFT JOIN mask_revision ON mask_revision.id = frame.head_id
  LEFT JOIN burned_in ON burned_in.frame_id = frame.id
  LEFT JOIN proposal ON proposal.id =
    (SELECT max(id) FROM proposal AS latest WHERE latest.frame_id = frame.id AND latest.state <> 'superseded')`;

export class Images {
  readonly #file: ProjectFile;
  readonly #cases: Cases;
  readonly #burnedIn: BurnedIn;

  constructor(file: ProjectFile, cases: Cases, burnedIn: BurnedIn) {
    this.#file = file;
    this.#cases = cases;
    this.#burnedIn = burnedIn;
  }

  /** Adds the image with its frames, case (or to that of `caseId`) and bytes; an image whose file is there already is only pointed to. */
  add(
    image: NewImage,
    { split = null, caseId: given }: { split?: Split | null | undefined; caseId?: number } = {},
  ): AddedImage {
    if (image.frames.length === 0) throw badRequest(`${image.fileName}: the image has no frame.`);
    const { sourceBytes } = image;
    const ownFiles = sourceBytes instanceof Uint8Array ? null : sourceBytes;
    if (ownFiles !== null && ownFiles.length !== image.frames.length) {
      throw badRequest(`${image.fileName}: ${image.frames.length} frames, but ${ownFiles.length} files of frames.`);
    }
    return this.#file.edit("add an image", ["frames", "project"], () => {
      const known = this.findBySha(image.sourceSha256);
      if (known !== null) this.bringBack(known);
      if (known !== null) return { imageId: known, frameIds: this.frameIds(known), duplicate: true };
      const caseId = given ?? this.#cases.findOrAdd(image.patientKey, image.caseName, split);
      if (image.frames.some(({ synthetic }) => synthetic !== undefined)) this.#cases.checkTrainedOn(caseId);
      const imageId = this.#file.run(
        `INSERT INTO image (case_id, source_sha256, blob_sha256, file_name, format, modality, imported_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        caseId,
        image.sourceSha256,
        // An image whose frames are stored each by itself points to the first.
        storeBlob(this.#file, sourceBytes instanceof Uint8Array ? sourceBytes : sourceBytes[0]!),
        image.fileName,
        image.format,
        image.modality,
        new Date().toISOString(),
      ).id;
      const frameIds = image.frames.map(({ thumbnail = image.thumbnail, ...metadata }, index) => {
        const digest = storeBlob(this.#file, thumbnail);
        return this.#file.run(
          `INSERT INTO frame (image_id, frame_index, width, height, metadata, thumbnail_sha256, blob_sha256)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          imageId,
          index,
          metadata.width,
          metadata.height,
          JSON.stringify(metadata),
          digest,
          ownFiles === null ? null : storeBlob(this.#file, ownFiles[index]!),
        ).id;
      });
      image.findings?.forEach((finding, index) => this.#burnedIn.note(frameIds[index]!, finding));
      return { imageId, frameIds, duplicate: false };
    });
  }

  /** Into the project again, if it was removed, with its annotations. Returns whether it was. */
  bringBack(imageId: number): boolean {
    if (this.#file.get("SELECT 1 FROM image WHERE id = ? AND removed_by IS NOT NULL", imageId) === undefined)
      return false;
    this.#file.edit("bring an image back", ["frames", "project", "proposals", "labels"], () => {
      this.#file.run("UPDATE image SET removed_by = NULL WHERE id = ?", imageId);
    });
    return true;
  }

  /** Removed images count: their files are known. */
  isEmpty(): boolean {
    return this.#file.get("SELECT 1 FROM image LIMIT 1") === undefined;
  }

  /** The image whose file as chosen had this digest. */
  findBySha(sourceSha256: string): number | null {
    const row = this.#file.get<{ id: number }>("SELECT id FROM image WHERE source_sha256 = ?", sourceSha256);
    return row?.id ?? null;
  }

  /** Digest of the file as it was chosen. */
  sourceSha(imageId: number): string {
    const row = this.#file.get<{ digest: string }>("SELECT source_sha256 AS digest FROM image WHERE id = ?", imageId);
    return found(row, "image", imageId).digest;
  }

  /** Digest of the bytes that hold the frame in this project. */
  storedSha(frameId: number): string {
    const row = this.#file.get<{ digest: string }>(
      `SELECT coalesce(frame.blob_sha256, image.blob_sha256) AS digest
       FROM frame JOIN image ON image.id = frame.image_id WHERE frame.id = ?`,
      frameId,
    );
    return found(row, "frame", frameId).digest;
  }

  /** In the order of the file. */
  frameIds(imageId: number): number[] {
    return this.#file
      .all<{ id: number }>("SELECT id FROM frame WHERE image_id = ? ORDER BY frame_index", imageId)
      .map(({ id }) => id);
  }

  /** Rows of an image's frames, in the order of the file. */
  rowsOf(imageId: number): FrameRow[] {
    return this.frameIds(imageId).map((frameId) => this.frame(frameId).row);
  }

  /** What is known of the file. */
  image(imageId: number): { fileName: string; format: string; modality: string | null; caseId: number } {
    return found(
      this.#file.get<{ fileName: string; format: string; modality: string | null; caseId: number }>(
        "SELECT file_name AS fileName, format, modality, case_id AS caseId FROM image WHERE id = ?",
        imageId,
      ),
      "image",
      imageId,
    );
  }

  /** The image list: by case, then file name, then frame; images of one DICOM series together, in its order. */
  frames(): FrameRow[] {
    const records = this.#file.all<FrameRecord & { place: string | null }>(
      `SELECT ${frameColumnsOfRow}, iif(image.format = 'dicom' AND frame.frame_index = 0,
         json_extract(frame.metadata, '$.instance.seriesUid', '$.instance.number', '$.geometry'), NULL) AS place
       FROM ${frameTables} WHERE image.removed_by IS NULL ORDER BY case_.id, image.file_name, image.id, frame.frame_index`,
    );
    return inSeriesOrder(records).map(frameRow);
  }

  /** Frames with three channels. */
  colorFrames(): ReadonlySet<number> {
    const rows = this.#file.all<{ id: number }>("SELECT id FROM frame WHERE json_extract(metadata, '$.channels') = 3");
    return new Set(rows.map(({ id }) => id));
  }

  /** The same list by columns. */
  frameColumns(): FrameColumns {
    return frameColumns(this.#file);
  }

  /** Rows of some frames, in the order asked for; frames that are not there are left out. */
  rows(frameIds: readonly number[]): FrameRow[] {
    return frameIds.flatMap((frameId) => {
      const record = this.#file.get<FrameRecord>(
        `SELECT ${frameColumnsOfRow} FROM ${frameTables} WHERE frame.id = ?`,
        frameId,
      );
      return record === undefined ? [] : [frameRow(record)];
    });
  }

  frame(frameId: number): FrameDetail {
    const record = found(
      this.#file.get<FrameRecord & { metadata: string }>(
        `SELECT ${frameColumnsOfRow}, frame.metadata FROM ${frameTables} WHERE frame.id = ?`,
        frameId,
      ),
      "frame",
      frameId,
    );
    const row = frameRow(record);
    const metadata = JSON.parse(record.metadata) as FrameMetadata;
    return { row, metadata, imageId: row.imageId, frameIndex: row.frameIndex };
  }

  /** As in `frame`, in a tenth of the time. */
  metadata(frameId: number): FrameMetadata {
    const row = this.#file.get<{ metadata: string }>("SELECT metadata FROM frame WHERE id = ?", frameId);
    return JSON.parse(found(row, "frame", frameId).metadata) as FrameMetadata;
  }

  /** Names of all imported files, by image. */
  fileNames(): Map<number, string> {
    return new Map(this.#file.raw<[number, string]>("SELECT id, file_name FROM image"));
  }

  /** The stored file that holds the frame, and the frame's number in that file. */
  sourceOfFrame(frameId: number): { bytes: Uint8Array; fileName: string; frameIndex: number; imageId: number } {
    const source = found(
      this.#file.get<{ bytes: Uint8Array; fileName: string; frameIndex: number; imageId: number }>(
        `SELECT blob.bytes, image.file_name AS fileName, image.id AS imageId,
           iif(frame.blob_sha256 IS NULL, frame.frame_index, 0) AS frameIndex
         FROM frame JOIN image ON image.id = frame.image_id
         JOIN blob ON blob.sha256 = coalesce(frame.blob_sha256, image.blob_sha256)
         WHERE frame.id = ?`,
        frameId,
      ),
      "frame",
      frameId,
    );
    return { ...source, bytes: plainBytes(source.bytes) };
  }

  /** Whether the frame is stored as a file of its own, as slices of volumes are. */
  isStoredAlone(frameId: number): boolean {
    return this.#file.get("SELECT 1 FROM frame WHERE id = ? AND blob_sha256 IS NOT NULL", frameId) !== undefined;
  }

  /**
   * Stores redacted files in place of the old ones, which are overwritten in the project file, its log and its snapshots; all of them
   * or none. Throws `Problem` "busy" when a snapshot is being taken, before anything is changed.
   */
  redact(files: readonly RedactedFile[]): void {
    const replaced = files.map(({ frameId, bytes, thumbnail }): ReplacedPixels => {
      const { imageId } = this.frame(frameId).row;
      return { imageId, frameId: this.isStoredAlone(frameId) ? frameId : null, bytes, thumbnail };
    });
    if (!this.#file.emptyLog()) throw snapshotUnderWay();
    this.#file.edit("redact images", ["frames", "project"], () => {
      for (const each of replaced) replacePixels(this.#file, each);
      for (const { frames, rectangles, isReviewed } of files) {
        for (const { frameId, finding } of frames) {
          this.#burnedIn.noteRedaction(frameId, { rectangles, finding, isReviewed });
        }
      }
    });
    replacePixelsInSnapshots(this.#file.path, replaced);
    if (!this.#file.emptyLog()) throw snapshotUnderWay();
  }

  /** PNG bytes. */
  thumbnail(frameId: number): Uint8Array {
    const row = found(
      this.#file.get<{ bytes: Uint8Array }>(
        "SELECT blob.bytes FROM frame JOIN blob ON blob.sha256 = frame.thumbnail_sha256 WHERE frame.id = ?",
        frameId,
      ),
      "frame",
      frameId,
    );
    return plainBytes(row.bytes);
  }
}

function snapshotUnderWay(): Problem {
  return new Problem({
    code: "busy",
    title: "A snapshot of the project is being taken.",
    detail: "It would keep the pixels that are to be removed.",
    hint: "Try again in a moment.",
  });
}

function frameRow(record: FrameRecord): FrameRow {
  const { fileName, frameIndex, frameCount } = record;
  return {
    frameId: record.frameId,
    imageId: record.imageId,
    name: frameCount > 1 ? `${fileName} · ${frameIndex + 1}` : fileName,
    caseId: record.caseId,
    caseName: record.caseName,
    split: record.split,
    width: record.width,
    height: record.height,
    modality: record.modality,
    frameIndex,
    frameCount,
    annotation: record.annotation,
    annotatedAt: record.annotatedAt,
    burnedIn: record.burnedIn,
    isSynthetic: record.isSynthetic === 1,
    ...(record.isTranslated === 1 && { isTranslated: true as const }),
    proposal:
      record.proposalId === null
        ? null
        : {
            proposalId: record.proposalId,
            frameId: record.frameId,
            modelId: record.proposalModelId,
            state: record.proposalState,
            expectedDice: record.proposalExpectedDice,
          },
  };
}
