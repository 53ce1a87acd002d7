/**
 * @file Masks of single images: decoded to the sizes of their frames, written where nobody has drawn.
 */
import type { FrameRow, MaskColor } from "../../api/contract.ts";
import type { MaskReading } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import type { Project } from "../../project/index.ts";
import { encodeLabelMap } from "../../voxels/index.ts";
import { partsOf } from "../file-names.ts";
import { classMap } from "../label-targets/index.ts";
import type { ImportLog } from "./import-log.ts";
import type { ImportOptions } from "./import-options.ts";
import type { MaskFile } from "./import-plan.ts";
import { forDecoding } from "./list-import-files.ts";
import type { MatchedMask } from "./match-masks.ts";

type Size = Pick<FrameRow, "width" | "height">;

/** A mask that fits its frame. */
export interface DecodedMask {
  name: string;
  frameIndex: number;
  rle: Uint8Array;
  /** How its pixels were understood, where that is not plain. */
  notes: string[];
}

/** For the preview: people must see which of several readings was taken. */
const readingNotes: Record<MaskReading, string[]> = {
  binary: [],
  values: [],
  indices: ["classes are its palette indices, not its colors"],
  colors: ["classes are told by color"],
};

export class MaskStore {
  readonly #options: ImportOptions;
  readonly #log: ImportLog;

  constructor(options: ImportOptions, log: ImportLog) {
    this.#options = options;
    this.#log = log;
  }

  /** Decodes masks and writes them to frames of the project. */
  async attach(frames: readonly FrameRow[], masks: readonly MatchedMask<MaskFile>[]): Promise<void> {
    const decoded = await this.decode(frames, masks);
    this.noteMatches(frames[0]?.name ?? "", decoded);
    this.write(frames, decoded);
  }

  /** Decodes masks to the sizes of their frames; a mask that does not fit is noted, the others go on. */
  async decode(frames: readonly Size[], masks: readonly MatchedMask<MaskFile>[]): Promise<DecodedMask[]> {
    const { project, pool, addClasses = false, maskColors = [] } = this.#options;
    const decoded: DecodedMask[] = [];
    for (const { mask, frameIndex } of masks) {
      try {
        const frame = frameOfMask(frames, frameIndex, mask.name);
        const { width, height } = frames[frame]!;
        const request = {
          fileName: partsOf(mask.name).fileName,
          classes: mask.classes ?? [...project.classes.list(), ...listedColors(project, maskColors)],
          expected: { width, height },
        };
        const { reading, ...labelMap } = await pool.mask(forDecoding(mask), request, { signal: this.#log.stop });
        if (mask.classes !== undefined) {
          const values = classMap(project, mask.classes, mask.name, addClasses);
          labelMap.data = labelMap.data.map((value) => values[value]!);
        }
        decoded.push({
          name: mask.name,
          frameIndex: frame,
          rle: encodeLabelMap(labelMap),
          notes: readingNotes[reading],
        });
      } catch (error) {
        if (!this.#log.note(error, mask.name)) throw error;
      }
    }
    return decoded;
  }

  noteMatches(imageName: string, decoded: readonly DecodedMask[]): void {
    for (const { name, notes } of decoded) {
      this.#log.noteMatch({ file: name, kind: "png", images: [imageName], notes: [...notes] });
    }
  }

  /** Writes masks to frames of the project. */
  write(frames: readonly FrameRow[], decoded: readonly DecodedMask[]): void {
    for (const { name, frameIndex, rle } of decoded) this.writeOne(frames[frameIndex]!.frameId, rle, name);
  }

  /** What a person has drawn is never replaced: a mask for such a frame is noted as refused. */
  writeOne(frameId: number, rle: Uint8Array, name: string): void {
    const { annotations } = this.#options.project;
    const present = annotations.mask(frameId);
    if (present === null) {
      annotations.write(frameId, rle, { origin: "imported" });
      this.#log.report.masks++;
    } else if (Buffer.compare(present, rle) !== 0) {
      this.#log.note(alreadyAnnotated(name), name);
    }
  }
}

/** Throws `Problem` "bad-request" for a class that the project does not have. */
function listedColors(project: Project, colors: readonly MaskColor[]): { value: number; color: string }[] {
  const own = new Map(project.classes.list().map(({ name, value }) => [name.toLowerCase(), value]));
  return colors.map(({ className, color }) => {
    const name = className.toLowerCase();
    const value = own.get(name) ?? (name === "background" ? 0 : undefined);
    if (value !== undefined) return { value, color };
    throw new Problem({
      code: "bad-request",
      title: `A color is given for ${className}, which is no class of the project.`,
      hint: `Its classes are ${project.classes
        .list()
        .map((each) => each.name)
        .join(", ")}.`,
    });
  });
}

function frameOfMask(frames: readonly Size[], frameIndex: number | null, name: string): number {
  const index = frameIndex ?? 0;
  if (index < frames.length && (frameIndex !== null || frames.length === 1)) return index;
  const { fileName } = partsOf(name);
  throw new Problem({
    code: "mask-mismatch",
    title: `${fileName}: it is not certain which frame the mask belongs to.`,
    detail: `The image has ${frames.length} frame${frames.length === 1 ? "" : "s"}.`,
    hint: "Name the masks after the frames: name_frame0001.png, name_frame0002.png and so on.",
  });
}

function alreadyAnnotated(name: string): Problem {
  return new Problem({
    code: "conflict",
    title: `${partsOf(name).fileName}: the image has another annotation already.`,
    detail: "What is drawn was kept; the mask was not imported.",
    hint: "Erase the annotation first if the mask shall replace it.",
  });
}
