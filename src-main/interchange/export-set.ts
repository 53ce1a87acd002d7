/**
 * @file What an export is made of: the annotated frames of the project, or of one split, as they are at the call, also if
 * someone draws meanwhile.
 */
import type { FrameRow, LabelClass, Split } from "../api/contract.ts";
import { type DecodePool, encodePng } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { FrameMetadata, Project, Provenance } from "../project/index.ts";
import { decodeLabelMap, type Frame, type LabelMap, renderFrame } from "../voxels/index.ts";
import { frameNames } from "./export-names.ts";

export interface SetFrame {
  row: FrameRow;
  metadata: FrameMetadata;
  /** Path without ending, "/" between folders. */
  name: string;
  /** 0: not annotated. */
  revisionId: number;
  provenance: Provenance | null;
}

export interface AnnotatedFrame extends SetFrame {
  provenance: Provenance;
}

export interface ExportSetOptions {
  project: Project;
  /** Decodes pixels; formats that hold masks only do without. */
  pool?: DecodePool | undefined;
  split?: Split | undefined;
  signal?: AbortSignal | undefined;
}

export class ExportSet {
  readonly project: Project;
  readonly classes: LabelClass[];
  readonly split: Split | undefined;
  /** Annotated or not, in the order of the image list. */
  readonly frames: SetFrame[];
  readonly annotated: AnnotatedFrame[];
  readonly #pool: DecodePool | undefined;
  readonly #signal: AbortSignal | undefined;

  /** Throws `Problem` "not-enough-data" when nothing is annotated. */
  constructor({ project, pool, split, signal }: ExportSetOptions) {
    this.project = project;
    this.#pool = pool;
    this.#signal = signal;
    this.split = split;
    this.classes = project.classes.list();
    const rows = project.images.frames();
    const names = frameNames(project, rows);
    this.frames = rows
      .filter((row) => split === undefined || row.split === split)
      .map((row) => ({
        row,
        metadata: project.images.frame(row.frameId).metadata,
        name: names.get(row.frameId)!,
        revisionId: row.annotation === null ? 0 : project.annotations.head(row.frameId),
        provenance: project.annotations.provenance(row.frameId),
      }));
    this.annotated = this.frames.filter((frame): frame is AnnotatedFrame => frame.provenance !== null);
    if (this.annotated.length === 0) {
      throw new Problem({
        code: "not-enough-data",
        title:
          split === undefined ? "There is no annotation to export." : `There is no annotation in the split ${split}.`,
        hint: "Annotate images or accept proposals first.",
      });
    }
  }

  labelMap({ revisionId, row: { width, height } }: AnnotatedFrame): LabelMap {
    return decodeLabelMap(this.project.annotations.revision(revisionId), { width, height });
  }

  /** Samples as stored, decoded in another process. */
  pixels({ row: { frameId } }: SetFrame): Promise<Frame> {
    if (this.#pool === undefined) throw new Error("export: pixels are asked for without a decode pool.");
    const { bytes, fileName, frameIndex } = this.project.images.sourceOfFrame(frameId);
    return this.#pool.pixels(
      bytes,
      { fileName, frame: frameIndex },
      this.#signal === undefined ? {} : { signal: this.#signal },
    );
  }

  /** The picture as 8-bit PNG: unchanged where it is 8-bit already, else as the app first shows it. */
  async picture(frame: SetFrame): Promise<Uint8Array> {
    const decoded = await this.pixels(frame);
    const { width, height, channels, sampleType, window, photometric, data } = decoded;
    const isPlain = sampleType === "uint8" && window === null && photometric !== "MONOCHROME1";
    const samples = isPlain ? (data as Uint8Array) : renderFrame(decoded, frame.metadata.suggestedWindow ?? undefined);
    return encodePng(samples, width, height, channels);
  }
}

/** JSON as people read it, with a line end. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

/** Lets other work of the process go on between two pieces of a long computation. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resume) => setImmediate(resume));
  signal?.throwIfAborted();
}
