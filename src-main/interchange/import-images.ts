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
  type FileClass,
  type InspectedSource,
  type SlicePlane,
} from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import { type Project, sha256 } from "../project/index.ts";
import { encodeLabelMap } from "../voxels/index.ts";
import { partsOf, patientOf, sharedFolders } from "./file-names.ts";
import { classMap, LabelTargets } from "./import-labels.ts";
import { importTable } from "./import-table.ts";
import { followDirectories } from "./directory-files.ts";
import { folderOf, sortLabelFiles } from "./label-files.ts";
import { type ImportFile, readListed } from "./list-import-files.ts";
import { type StoredNames, storedNames, unchangedNames } from "./stored-names.ts";
import { type MaskTarget, type MatchedMask, matchMasks, separateMasks } from "./match-masks.ts";

export type ImportReport = Omit<ImportState, "importId">;

export interface ImportOptions {
  project: Project;
  pool: DecodePool;
  items: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  /** PNG files, tied to images by name: of `items`, else of the project; NIfTI, DICOM Segmentation, COCO. Default none. */
  masks?: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  patient: PatientRule;
  /** Of the cases that this import makes. Default: not assigned. */
  split?: Split | null | undefined;
  /** A table of image-level classes and numbers. */
  labels?: ImportFile | undefined;
  /** Make classes that label files name and the project lacks. Default false: such files are refused. */
  addClasses?: boolean | undefined;
  /** Say in the report that nothing is stored; the project is then a preview (dry-run.ts). */
  dryRun?: boolean | undefined;
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
/** Images with likely burned-in writing that are listed one by one. */
const LISTED_BURNED_IN = 100;
/** Troubles that every further file would meet too. */
const fatalCodes = new Set<Problem["code"]>(["disk-full", "read-only", "project-locked"]);

/** DICOM that looks like images but holds labels of others: Segmentation and Label Map Segmentation. PS3.4 B.5. */
const segmentationClasses = new Set(["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"]);

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
  const { items, refused } = await followDirectories(options, await collect(options.items));
  const chosen = sortLabelFiles(items, await collect(options.masks ?? []));
  const labels = await readDescriptions(options, chosen.json);
  const { images, masks: masksAmongImages } = separateMasks(chosen.images);
  const masks = [...chosen.masks.map((file) => nnunetMask(file, labels.datasets)), ...masksAmongImages];
  return new Importing(options, images, masks, {
    ...labels,
    files: [...labels.files, ...chosen.labels],
    refused: [...refused, ...labels.refused],
  }).run();
}

/** nnU-Net's dataset.json and what it says of the labels below its folder. */
interface Dataset {
  folder: string;
  classes: FileClass[];
  ignore: number | null;
}

interface LabelFiles {
  datasets: Dataset[];
  files: ImportFile[];
  refused: RefusedFile[];
}

/** A mask whose values are classes of its own file, not those of the project. */
type MaskFile = ImportFile & { classes?: FileClass[]; otherStem?: string };

/** Tells nnU-Net's descriptions and COCO apart, so that folders of nnU-Net are known before their files are read. */
async function readDescriptions({ pool, signal }: ImportOptions, json: readonly ImportFile[]): Promise<LabelFiles> {
  const labels: LabelFiles = { datasets: [], files: [], refused: [] };
  for (const file of json) {
    if (!/(^|\/)dataset\.json$/i.test(file.name)) {
      labels.files.push(file);
      continue;
    }
    try {
      const { fileName } = partsOf(file.name);
      const read = await pool.labels(await readListed(file), { fileName }, signal === undefined ? {} : { signal });
      if (read.kind === "nnunet") labels.datasets.push({ folder: folderOf(file.name), ...read });
      else labels.files.push(file);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      labels.refused.push({ file: file.name, problem: error.toJSON() });
    }
  }
  return labels;
}

/** nnU-Net calls the first channel of case `X` `X_0000`, its labels `X`. */
function nnunetMask(file: ImportFile, datasets: readonly Dataset[]): MaskFile {
  const dataset = datasetOf(file, datasets);
  if (dataset === undefined) return file;
  return { ...file, otherStem: `${partsOf(file.name).stem}_0000`, classes: dataset.classes };
}

function datasetOf({ name }: ImportFile, datasets: readonly Dataset[]): Dataset | undefined {
  return datasets.find(({ folder }) => name.startsWith(folder) && /^labelsT[rs]\//.test(name.slice(folder.length)));
}

class Importing {
  readonly #options: ImportOptions;
  readonly #targets: ImageTarget[];
  readonly #ownMasks: Map<ImageTarget, MatchedMask<MaskFile>[]>;
  readonly #laterMasks: MaskFile[];
  readonly #labelFiles: LabelFiles;
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

  constructor(options: ImportOptions, images: ImportFile[], masks: MaskFile[], labelFiles: LabelFiles) {
    this.#options = options;
    this.#labelFiles = labelFiles;
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
      total: images.length + unmatched.length + labelFiles.files.length + (options.labels === undefined ? 0 : 1),
      secondsLeft: null,
      imported: 0,
      frames: 0,
      masks: 0,
      duplicates: 0,
      refused: [...(options.refused ?? []), ...labelFiles.refused, ...refused],
      unmatchedMasks: [],
      labels: 0,
      matches: [],
      dryRun: options.dryRun ?? false,
      deidentification: deidentify === false ? null : { attributes: [], renamedFiles: 0 },
      burnedIn: { count: 0, images: [] },
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
      await this.#importLabelFiles();
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
    masks: readonly MatchedMask<MaskFile>[],
    turn: Promise<void>,
  ): Promise<void> {
    const { project, pool, split, plane } = this.#options;
    const deidentification = this.#deidentification;
    const report = this.#report;
    const bytes = await readListed(file);
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
    if (segmentationClasses.has(inspected.instance?.original.sopClassUid ?? "")) {
      // Its images may come later in the list.
      this.#labelFiles.files.push(file);
      report.total++;
      return;
    }
    const caseName = inspected.patientKey === null ? this.#names.caseName(this.#patientOf(file.name, inspected)) : null;
    const decoded = await this.#decodeMasks(inspected.frames, masks);
    await turn;
    this.#noteMatches(fileName, decoded); // in the order of the images, whichever was decoded first
    // The image and its masks together: no moment in which one is there without the other.
    const added = project.edit("import an image", () => {
      const sourceBytes = inspected.storedFrames ?? (deidentification === null ? bytes : inspected.storedBytes);
      const instance = inspected.instance?.[deidentification === null ? "original" : "stored"];
      const keepsUids = deidentification?.retainUids ?? true;
      const frames = inspected.frames.map((frame) =>
        instance === undefined ? frame : { ...frame, instance, keepsUids },
      );
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
      if (inspected.burnedIn !== null && ++report.burnedIn.count <= LISTED_BURNED_IN) {
        const frameId = added.frameIds[added.frameIds.length >> 1]!;
        report.burnedIn.images.push({ file: fileName, frameId, ...inspected.burnedIn });
      }
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

  /** Labels for many images at once, now that all images are there; then the table. */
  async #importLabelFiles(): Promise<void> {
    const { project, pool, addClasses = false, labels: table } = this.#options;
    const signal = this.#stop.signal;
    const { files, datasets } = this.#labelFiles;
    let targets: LabelTargets | null = null;
    const nameOf = ({ name }: ImportFile): string => name;
    const read = async (file: ImportFile) =>
      pool.labels(await readListed(file), { fileName: partsOf(file.name).fileName }, { signal });
    await this.#each(files, nameOf, async (file, turn) => {
      const labelFile = await read(file);
      await turn;
      if (labelFile.kind === "table" || labelFile.kind === "nnunet") throw noLabels(file.name);
      targets ??= new LabelTargets(project, this.#names);
      const dataset = datasetOf(file, datasets);
      const found = targets.find(labelFile, file.name, {
        addClasses,
        classes: dataset?.classes,
        ignore: dataset?.ignore ?? null,
      });
      this.#report.matches.push(found.match);
      project.edit("import labels", () => {
        for (const { frameId, rle } of found.masks) this.#writeOne(frameId, rle, file.name);
      });
    });
    if (table === undefined) return;
    await this.#each([table], nameOf, async (file) => {
      const labelFile = await read(file);
      if (labelFile.kind !== "table") throw noLabels(file.name);
      const { labels, match } = importTable(project, labelFile.rows, file.name, this.#names);
      this.#report.labels += labels;
      this.#report.matches.push(match);
    });
  }

  async #attach(frames: readonly FrameRow[], masks: readonly MatchedMask<MaskFile>[]): Promise<void> {
    const decoded = await this.#decodeMasks(frames, masks);
    this.#noteMatches(frames[0]?.name ?? "", decoded);
    this.#write(frames, decoded);
  }

  /** Decodes masks to the sizes of their frames; a mask that does not fit is noted, the others go on. */
  async #decodeMasks(frames: readonly Size[], masks: readonly MatchedMask<MaskFile>[]): Promise<DecodedMask[]> {
    const { project, pool } = this.#options;
    const decoded: DecodedMask[] = [];
    for (const { mask, frameIndex } of masks) {
      try {
        const frame = frameOfMask(frames, frameIndex, mask.name);
        const { width, height } = frames[frame]!;
        const request = {
          fileName: partsOf(mask.name).fileName,
          classes: mask.classes ?? project.classes.list(),
          expected: { width, height },
        };
        const labelMap = await pool.mask(await readListed(mask), request, { signal: this.#stop.signal });
        if (mask.classes !== undefined) {
          const values = classMap(project, mask.classes, mask.name, this.#options.addClasses ?? false);
          labelMap.data = labelMap.data.map((value) => values[value]!);
        }
        decoded.push({ name: mask.name, frameIndex: frame, rle: encodeLabelMap(labelMap) });
      } catch (error) {
        if (!this.#note(error, mask.name)) throw error;
      }
    }
    return decoded;
  }

  #noteMatches(imageName: string, decoded: readonly DecodedMask[]): void {
    for (const { name } of decoded) {
      this.#report.matches.push({ file: name, kind: "png", images: [imageName], notes: [] });
    }
  }

  /** Writes masks to frames of the project; what a person has drawn there is never replaced. */
  #write(frames: readonly FrameRow[], decoded: readonly DecodedMask[]): void {
    for (const { name, frameIndex, rle } of decoded) this.#writeOne(frames[frameIndex]!.frameId, rle, name);
  }

  #writeOne(frameId: number, rle: Uint8Array, name: string): void {
    const { annotations } = this.#options.project;
    const present = annotations.mask(frameId);
    if (present === null) {
      annotations.write(frameId, rle, { origin: "imported" });
      this.#report.masks++;
    } else if (Buffer.compare(present, rle) !== 0) {
      this.#note(alreadyAnnotated(name), name);
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
    burnedIn: structuredClone(report.burnedIn),
  };
}

async function collect<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
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

function noLabels(name: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: `${partsOf(name).fileName}: it holds no labels for images.`,
    hint: "Masks are PNG, NIfTI, DICOM Segmentation or COCO; a table (CSV) is given as labels.",
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
