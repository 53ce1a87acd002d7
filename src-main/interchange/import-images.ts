/**
 * @file Image files and their masks into the project: decoded by the pool, stored one image and its masks at a time.
 * A file that is refused never stops the others.
 */
import type {
  AttributeCount,
  DeidentifyChoice,
  FrameRow,
  ImportState,
  PatientRule,
  RefusedFile,
  Split,
} from "../api/contract.ts";
import {
  basicProfile,
  type DecodePool,
  type Deidentification,
  type InspectedSource,
  type SlicePlane,
} from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import { type Project, sha256 } from "../project/index.ts";
import { encodeLabelMap } from "../voxels/index.ts";
import { partsOf, patientOf, sharedFolders } from "./file-names.ts";
import { asUnreadable, type ImportFile } from "./list-import-files.ts";
import { type StoredNames, storedNames, unchangedNames } from "./stored-names.ts";
import { type MaskTarget, type MatchedMask, matchMasks, separateMasks } from "./match-masks.ts";

export type ImportReport = Omit<ImportState, "importId">;

export interface ImportOptions {
  project: Project;
  pool: DecodePool;
  items: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  /** PNG files, tied to images by name: of `items`, else of the project. Default none. */
  masks?: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  patient: PatientRule;
  /** Of the cases that this import makes. Default: not assigned. */
  split?: Split | null | undefined;
  /** Plane in which volumes are sliced. Default "axial". */
  plane?: SlicePlane | undefined;
  /** Default true: the basic profile; what is stored holds no identity. False keeps bytes and names as they are, but for volumes and TIFF. */
  deidentify?: boolean | DeidentifyChoice;
  /** Files that were refused before, to be in the report. */
  refused?: readonly RefusedFile[];
  signal?: AbortSignal;
  /** Called at most ten times a second, and at the end. */
  onProgress?: (report: ImportReport) => void;
}

/** Files in memory at a time: the two that are decoded, and one that is read meanwhile. */
const CONCURRENCY = 3;
const PROGRESS_MS = 100;
/** Troubles that every further file would meet too. */
const fatalCodes = new Set<Problem["code"]>(["disk-full", "read-only", "project-locked"]);

interface ImageTarget extends MaskTarget {
  fileName: string;
  file: ImportFile;
}

interface StoredTarget extends MaskTarget {
  frames: FrameRow[];
}

type Size = Pick<FrameRow, "width" | "height">;

/** A mask that fits its frame. */
interface DecodedMask {
  name: string;
  frameIndex: number;
  rle: Uint8Array;
}

/**
 * Imports; resolves with what happened, also when cancelled or when the disk is full: what was stored by then stays.
 * Rejects with `Problem` "bad-request" for a patient pattern that cannot be used, before anything is read.
 */
export async function importImages(options: ImportOptions): Promise<ImportReport> {
  const all = await collect(options.items);
  const { images, masks: masksAmongImages } = separateMasks(all);
  const masks = [...(await collect(options.masks ?? [])), ...masksAmongImages];
  return new Importing(options, images, masks).run();
}

class Importing {
  readonly #options: ImportOptions;
  readonly #targets: ImageTarget[];
  readonly #ownMasks: Map<ImageTarget, MatchedMask<ImportFile>[]>;
  readonly #laterMasks: ImportFile[];
  readonly #patient: (name: string) => string;
  readonly #report: ImportReport;
  readonly #started = performance.now();
  /** Aborted by the person, or by a trouble that no further file can escape. */
  readonly #stop = new AbortController();
  /** null: the files are kept as they are. */
  readonly #deidentification: Deidentification | null;
  readonly #names: StoredNames;
  readonly #attributes = new Map<string, AttributeCount>();
  #lastProgress = 0;

  constructor(options: ImportOptions, images: ImportFile[], masks: ImportFile[]) {
    this.#options = options;
    const { project, deidentify = true } = options;
    const choice: DeidentifyChoice = typeof deidentify === "object" ? deidentify : {};
    const keepsNames = deidentify === false || choice.keepFileNames === true;
    this.#names = keepsNames ? unchangedNames : storedNames(project.secret);
    this.#deidentification = deidentify === false ? null : { ...basicProfile, ...choice, secret: project.secret };
    const names = images.map(({ name }) => name);
    this.#patient = patientOf(options.patient, sharedFolders(names));
    this.#targets = images.map((file) => ({ ...partsOf(file.name), file }));
    const { matched, unmatched, refused } = matchMasks(this.#targets, masks);
    this.#ownMasks = matched;
    this.#laterMasks = unmatched;
    this.#report = {
      state: "running",
      done: 0,
      total: images.length + unmatched.length,
      secondsLeft: null,
      imported: 0,
      frames: 0,
      masks: 0,
      duplicates: 0,
      refused: [...(options.refused ?? []), ...refused],
      unmatchedMasks: [],
      deidentification: deidentify === false ? null : { attributes: [], renamedFiles: 0 },
      problem: null,
    };
  }

  async run(): Promise<ImportReport> {
    const { signal } = this.#options;
    const cancel = (): void => this.#stop.abort();
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await this.#each(
        this.#targets,
        ({ file }) => file.name,
        (target, turn) => this.#importImage(target, turn),
      );
      await this.#importLaterMasks();
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#stop.abort();
    }
    const report = this.#report;
    if (report.problem !== null) report.state = "failed";
    else report.state = signal?.aborted && report.done < report.total ? "cancelled" : "done";
    report.secondsLeft = report.state === "done" ? 0 : null;
    this.#tell(true);
    return copyOf(report);
  }

  /**
   * Works through `files`, a few at a time. `turn` is over when all earlier ones are done: what is stored after it is stored in
   * the order of the list, so that the same import numbers its images alike, and training on them is repeatable.
   */
  async #each<File>(
    files: readonly File[],
    nameOf: (file: File) => string,
    work: (file: File, turn: Promise<void>) => Promise<void>,
  ): Promise<void> {
    const queue = files.values();
    let last = Promise.resolve();
    const take = async (): Promise<void> => {
      for (const file of queue) {
        if (this.#stop.signal.aborted) return;
        const turn = last;
        const done = Promise.withResolvers<undefined>();
        last = done.promise;
        try {
          await work(file, turn);
        } catch (error) {
          if (!this.#note(error, nameOf(file))) return;
        } finally {
          done.resolve(undefined);
        }
        this.#report.done++;
        this.#tell(false);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, take));
  }

  async #importImage(target: ImageTarget, turn: Promise<void>): Promise<void> {
    const masks = this.#ownMasks.get(target) ?? [];
    try {
      await this.#storeImage(target, masks, turn);
    } catch (error) {
      // A mask whose image was refused has none.
      if (!this.#stop.signal.aborted) this.#report.unmatchedMasks.push(...masks.map(({ mask }) => mask.name));
      throw error;
    }
  }

  async #storeImage(
    { file, fileName }: ImageTarget,
    masks: readonly MatchedMask<ImportFile>[],
    turn: Promise<void>,
  ): Promise<void> {
    const { project, pool, split, plane } = this.#options;
    const deidentification = this.#deidentification;
    const report = this.#report;
    const bytes = await readFile(file);
    const sourceSha256 = sha256(bytes);
    const known = project.images.findBySha(sourceSha256);
    if (known !== null) {
      report.duplicates++;
      await this.#attach(framesOf(project, known), masks);
      return;
    }
    const inspected = await pool.inspect(
      bytes,
      { fileName, plane, deidentify: deidentification ?? undefined },
      { signal: this.#stop.signal },
    );
    const caseName = inspected.patientKey === null ? this.#names.caseName(this.#patientOf(file.name, inspected)) : null;
    const decoded = await this.#decodeMasks(inspected.frames, masks);
    await turn;
    // The image and its masks together: no moment in which one is there without the other.
    const added = project.edit("import an image", () => {
      const sourceBytes = inspected.storedFrames ?? (deidentification === null ? bytes : inspected.storedBytes);
      const instance = inspected.instance?.[deidentification === null ? "original" : "stored"];
      const frames = inspected.frames.map((frame) => (instance === undefined ? frame : { ...frame, instance }));
      const image = project.images.add(
        { ...inspected, frames, sourceBytes, sourceSha256, fileName: this.#names.fileName(fileName), caseName },
        { split },
      );
      if (image.duplicate) return image;
      for (const { frameIndex, rle } of decoded) {
        project.annotations.write(image.frameIds[frameIndex]!, rle, { origin: "imported" });
      }
      return image;
    });
    if (added.duplicate) {
      // The same file twice in one import: its twin was stored while this one was decoded.
      report.duplicates++;
      this.#write(framesOf(project, added.imageId), decoded);
    } else {
      report.imported++;
      this.#noteDeidentified(fileName, inspected.attributes);
      report.frames += added.frameIds.length;
      report.masks += decoded.length;
    }
  }

  /** A volume is an examination by itself: the number at the end of its name is the patient's, not that of a slice. */
  #patientOf(name: string, { format }: Pick<InspectedSource, "format">): string {
    const isVolume = format === "nifti" || format === "nrrd";
    return isVolume && this.#options.patient.kind === "auto" ? partsOf(name).stem : this.#patient(name);
  }

  /** Sums up what was removed of all files. */
  #noteDeidentified(fileName: string, attributes: readonly AttributeCount[]): void {
    const { deidentification } = this.#report;
    if (deidentification === null) return;
    if (this.#names.fileName(fileName) !== fileName) deidentification.renamedFiles++;
    for (const { name, action, count } of attributes) {
      const key = `${action} ${name}`;
      const known = this.#attributes.get(key);
      if (known === undefined) this.#attributes.set(key, { name, action, count });
      else known.count += count;
    }
    deidentification.attributes = [...this.#attributes.values()].sort((a, b) => b.count - a.count);
  }

  /** Masks without an image in this import may belong to images that are in the project already. */
  async #importLaterMasks(): Promise<void> {
    if (this.#laterMasks.length === 0 || this.#stop.signal.aborted) return;
    const { matched, unmatched, refused } = matchMasks(
      storedTargets(this.#options.project),
      this.#laterMasks,
      this.#names,
    );
    this.#report.unmatchedMasks.push(...unmatched.map(({ name }) => name));
    this.#report.refused.push(...refused);
    this.#report.done += unmatched.length + refused.length;
    await this.#each(
      [...matched].flatMap(([{ frames }, masks]) => masks.map((mask) => ({ frames, mask }))),
      ({ mask }) => mask.mask.name,
      ({ frames, mask }) => this.#attach(frames, [mask]),
    );
  }

  async #attach(frames: readonly FrameRow[], masks: readonly MatchedMask<ImportFile>[]): Promise<void> {
    this.#write(frames, await this.#decodeMasks(frames, masks));
  }

  /** Decodes masks to the sizes of their frames; a mask that does not fit is noted, the others go on. */
  async #decodeMasks(frames: readonly Size[], masks: readonly MatchedMask<ImportFile>[]): Promise<DecodedMask[]> {
    const { project, pool } = this.#options;
    const decoded: DecodedMask[] = [];
    for (const { mask, frameIndex } of masks) {
      try {
        const frame = frameOfMask(frames, frameIndex, mask.name);
        const { width, height } = frames[frame]!;
        const request = {
          fileName: partsOf(mask.name).fileName,
          classes: project.classes.list(),
          expected: { width, height },
        };
        const labelMap = await pool.mask(await readFile(mask), request, { signal: this.#stop.signal });
        decoded.push({ name: mask.name, frameIndex: frame, rle: encodeLabelMap(labelMap) });
      } catch (error) {
        if (!this.#note(error, mask.name)) throw error;
      }
    }
    return decoded;
  }

  /** Writes masks to frames of the project; what a person has drawn there is never replaced. */
  #write(frames: readonly FrameRow[], decoded: readonly DecodedMask[]): void {
    const { annotations } = this.#options.project;
    for (const { name, frameIndex, rle } of decoded) {
      const { frameId } = frames[frameIndex]!;
      const present = annotations.mask(frameId);
      if (present === null) {
        annotations.write(frameId, rle, { origin: "imported" });
        this.#report.masks++;
      } else if (Buffer.compare(present, rle) !== 0) {
        this.#note(alreadyAnnotated(name), name);
      }
    }
  }

  /** Puts a trouble into the report; false if the import must end. A bug is thrown on. */
  #note(error: unknown, file: string): boolean {
    if (!(error instanceof Problem)) {
      this.#stop.abort();
      throw error;
    }
    if (this.#stop.signal.aborted) return false;
    if (fatalCodes.has(error.code)) {
      this.#report.problem = error.toJSON();
      this.#stop.abort();
      return false;
    }
    this.#report.refused.push({ file, problem: error.toJSON() });
    return true;
  }

  #tell(isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    const { done, total } = this.#report;
    const elapsed = (now - this.#started) / 1000;
    // The first files include the start of the decoders: too early to tell.
    if (!isLast) this.#report.secondsLeft = done < CONCURRENCY ? null : (elapsed / done) * (total - done);
    this.#options.onProgress?.(copyOf(this.#report));
  }
}

function copyOf(report: ImportReport): ImportReport {
  const { refused, unmatchedMasks, deidentification } = report;
  return {
    ...report,
    refused: [...refused],
    unmatchedMasks: [...unmatchedMasks],
    deidentification: deidentification && structuredClone(deidentification),
  };
}

async function collect<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

async function readFile(file: ImportFile): Promise<Uint8Array> {
  try {
    return await file.read();
  } catch (error) {
    throw asUnreadable(error, file.name);
  }
}

/** Images of the project. Their folders were not kept, but the case is often named after one. */
function storedTargets(project: Project): StoredTarget[] {
  const byImage = Map.groupBy(project.images.frames(), ({ imageId }) => imageId);
  return [...byImage].map(([imageId, frames]) => {
    const { fileName } = project.images.image(imageId);
    return { folders: [frames[0]!.caseName], stem: partsOf(fileName).stem, frames };
  });
}

function framesOf(project: Project, imageId: number): FrameRow[] {
  return project.images.frameIds(imageId).map((frameId) => project.images.frame(frameId).row);
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
