/**
 * @file What an export is made of: the frames of the project, or of one split, that have a mask of the chosen kinds, as they are at
 * the call, also if someone draws meanwhile.
 */
import type { FrameRow, LabelClass, MaskKind, MaskOrigin, Split } from "../api/contract.ts";
import { type DecodePool, encodePng } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { FrameMetadata, Project, Provenance } from "../project/index.ts";
import { decodeLabelMap, type Frame, type LabelMap, renderFrame } from "../voxels/index.ts";
import { breathe } from "./breathe.ts";
import { frameNames } from "./export-names.ts";

export interface SetFrame {
  row: FrameRow;
  metadata: FrameMetadata;
  /** Path without ending, "/" between folders. */
  name: string;
  /** 0: not annotated. */
  revisionId: number;
  provenance: MaskProvenance | null;
}

/** "proposed": no person has decided on it. */
export type ExportOrigin = MaskOrigin | "proposed";
export type MaskProvenance = Provenance<ExportOrigin>;

export interface AnnotatedFrame extends SetFrame {
  provenance: MaskProvenance;
}

const kindOf: Record<ExportOrigin, MaskKind> = {
  drawn: "human",
  imported: "human",
  edited: "human",
  accepted: "accepted",
  proposed: "proposed",
};

/** Read between two turns of the event loop: a few milliseconds. */
const FRAMES_A_TURN = 500;

/** What a person drew or decided on. */
export const defaultMasks: readonly MaskKind[] = ["human", "accepted"];

export interface ExportSetOptions {
  project: Project;
  /** Decodes pixels; formats that hold masks only do without. */
  pool?: DecodePool | undefined;
  split?: Split | undefined;
  frameIds?: readonly number[] | undefined;
  /** Default `defaultMasks`. A proposal counts only where no chosen annotation is. */
  masks?: readonly MaskKind[] | undefined;
  /** What there must be: a mask (default), or something that is said of whole images; of images alone the caller looks. */
  needs?: "masks" | "masks or labels" | "images" | undefined;
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

  private constructor({ project, pool, split, signal }: ExportSetOptions, classes: LabelClass[], frames: SetFrame[]) {
    this.project = project;
    this.#pool = pool;
    this.#signal = signal;
    this.split = split;
    this.classes = classes;
    this.frames = frames;
    this.annotated = frames.filter((frame): frame is AnnotatedFrame => frame.provenance !== null);
  }

  /** Rejects with `Problem` "not-enough-data" when there is no mask of the chosen kinds, nor a label where these are enough. */
  static async read(options: ExportSetOptions): Promise<ExportSet> {
    const { project, split, frameIds, masks = defaultMasks, signal } = options;
    // In one go, so that what is drawn meanwhile is not half in it.
    const classes = project.classes.list();
    const rows = project.images.frames();
    const heads = project.annotations.heads();
    const proposed = masks.includes("proposed") ? project.proposals.pendingProvenances() : null;
    const names = frameNames(project, rows);
    const chosen = frameIds === undefined ? null : new Set(frameIds);
    const frames: SetFrame[] = [];
    for (const row of rows) {
      if ((split !== undefined && row.split !== split) || chosen?.has(row.frameId) === false) continue;
      if (frames.length % FRAMES_A_TURN === 0) await breathe(signal);
      const head = heads.get(row.frameId) ?? null;
      const isChosen = head !== null && masks.includes(kindOf[head.origin]);
      frames.push({
        row,
        metadata: project.images.metadata(row.frameId),
        name: names.get(row.frameId)!,
        revisionId: head?.revisionId ?? 0,
        provenance: isChosen ? head : (proposed?.get(row.frameId) ?? null),
      });
    }
    const set = new ExportSet(options, classes, frames);
    const { needs = "masks" } = options;
    if (needs === "images" || set.annotated.length > 0 || (needs === "masks or labels" && set.hasLabels)) return set;
    throw new Problem({
      code: "not-enough-data",
      title:
        chosen !== null
          ? "There is no annotation on the chosen images."
          : split === undefined
            ? "There is no annotation to export."
            : `There is no annotation in the split ${split}.`,
      detail: `Looked for: ${masks.map((kind) => maskKindNames[kind]).join(", ")}.`,
      hint: "Annotate images or accept proposals first.",
    });
  }

  /** Something is said of one of its images as a whole. */
  get hasLabels(): boolean {
    const images = new Set(this.frames.map(({ row }) => row.imageId));
    return this.project.labels.list().some(({ imageId }) => images.has(imageId));
  }

  labelMap({ revisionId, provenance, row: { width, height } }: AnnotatedFrame): LabelMap {
    const { annotations, proposals } = this.project;
    const isProposed = provenance.origin === "proposed";
    const rle = isProposed ? proposals.mask(provenance.proposalId!) : annotations.revision(revisionId);
    return decodeLabelMap(rle, { width, height });
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
    const samples = isPlain ? (data as Uint8Array) : renderFrame(decoded, { window: frame.metadata.suggestedWindow });
    return encodePng(samples, width, height, channels);
  }
}

const maskKindNames: Record<MaskKind, string> = {
  human: "masks drawn, edited or imported",
  accepted: "accepted proposals",
  proposed: "proposals not reviewed",
};

/** JSON as people read it, with a line end. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}
