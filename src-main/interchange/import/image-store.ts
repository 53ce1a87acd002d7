/**
 * @file One image file with its masks into the project, as one transaction.
 */
import type { Deidentification, InspectedSource } from "../../imaging/index.ts";
import { type AddedImage, sha256 } from "../../project/index.ts";
import { partsOf } from "../file-names.ts";
import type { StoredNames } from "../stored-names.ts";
import type { ImportLog } from "./import-log.ts";
import type { ImportOptions } from "./import-options.ts";
import type { ImageTarget, ImportPlan, MaskFile } from "./import-plan.ts";
import { forDecoding, readListed } from "./list-import-files.ts";
import type { MaskStore } from "./mask-store.ts";
import type { MatchedMask } from "./match-masks.ts";

/** DICOM that looks like images but holds labels of others: Segmentation and Label Map Segmentation. PS3.4 B.5. */
const segmentationClasses = new Set(["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"]);

interface ImageStoreParts {
  options: ImportOptions;
  plan: Pick<ImportPlan, "masks" | "labelFiles">;
  log: ImportLog;
  masks: MaskStore;
  names: StoredNames;
  /** From the name of a file, for files that do not say it themselves. */
  patient: (name: string) => string;
  /** null: the files are kept as they are. */
  deidentification: Deidentification | null;
}

export class ImageStore {
  readonly #parts: ImageStoreParts;
  /** Whether a file of this import may have been imported before. */
  readonly #mayKnow: boolean;

  constructor(parts: ImageStoreParts) {
    this.#parts = parts;
    this.#mayKnow = !parts.options.project.images.isEmpty();
  }

  /** Stores the image once `turn` is over. Throws `Problem`. */
  async import(target: ImageTarget, turn: Promise<void>): Promise<void> {
    const { plan, log } = this.#parts;
    const masks = plan.masks.get(target) ?? [];
    try {
      await this.#store(target, masks, turn);
    } catch (error) {
      // A mask whose image was refused has none.
      if (!log.stop.aborted) log.report.unmatchedMasks.push(...masks.map(({ mask }) => mask.name));
      throw error;
    }
  }

  async #store(
    { file, fileName, patientFile = file.name, caseName: toldCase, split: toldSplit = null }: ImageTarget,
    masks: readonly MatchedMask<MaskFile>[],
    turn: Promise<void>,
  ): Promise<void> {
    const { options, plan, log, names, deidentification } = this.#parts;
    const { project, pool, plane } = options;
    const split = toldSplit ?? options.split ?? null;
    const { report } = log;
    // Where nothing needs the bytes here, the decoding process reads the file by itself.
    const bytes = this.#mayKnow || deidentification === null ? await readListed(file) : null;
    const known = bytes === null || !this.#mayKnow ? null : project.images.findBySha(sha256(bytes));
    if (known !== null) {
      // One that was removed comes back as it was.
      if (project.images.bringBack(known)) {
        report.imported++;
        report.frames += project.images.frameIds(known).length;
      } else report.duplicates++;
      await this.#parts.masks.attach(project.images.rowsOf(known), masks);
      return;
    }
    const inspected = await pool.inspect(
      bytes ?? forDecoding(file),
      { fileName, plane, deidentify: deidentification ?? undefined },
      { signal: log.stop },
    );
    if (segmentationClasses.has(inspected.instance?.original.sopClassUid ?? "")) {
      // Its images may come later in the list.
      plan.labelFiles.push(file);
      report.total++;
      return;
    }
    const caseName =
      inspected.patientKey === null ? names.caseName(this.#patientOf(patientFile, toldCase, inspected)) : null;
    const decoded = await this.#parts.masks.decode(inspected.frames, masks);
    await turn;
    this.#parts.masks.noteMatches(fileName, decoded); // in the order of the images, whichever was decoded first
    // The image and its masks together: no moment in which one is there without the other.
    const store = (): AddedImage => {
      const sourceBytes = inspected.storedFrames ?? (deidentification === null ? bytes! : inspected.storedBytes);
      const instance = inspected.instance?.[deidentification === null ? "original" : "stored"];
      const keepsUids = deidentification?.retainUids ?? true;
      const frames = inspected.frames.map((frame) => ({
        ...frame,
        ...(instance !== undefined && { instance, keepsUids }),
        ...(inspected.isSynthetic && { synthetic: { declaredBy: "dicom" } as const }),
      }));
      const image = project.images.add(
        {
          ...inspected,
          modality: options.modality ?? inspected.modality,
          frames,
          sourceBytes,
          fileName: names.fileName(fileName),
          caseName,
        },
        { split },
      );
      if (image.duplicate) return image;
      for (const { frameIndex, rle } of decoded) {
        project.annotations.write(image.frameIds[frameIndex]!, rle, { origin: "imported" });
      }
      return image;
    };
    const added = project.edit("import an image", store, "soon");
    if (added.duplicate) {
      // The same file twice in one import: its twin was stored while this one was decoded.
      report.duplicates++;
      this.#parts.masks.write(project.images.rowsOf(added.imageId), decoded);
      return;
    }
    const { caseId } = project.images.image(added.imageId);
    log.noteImported({ format: inspected.format, caseId, seriesUid: inspected.instance?.stored.seriesUid ?? null });
    report.frames += added.frameIds.length;
    report.masks += decoded.length;
    log.noteDeidentified(inspected.attributes, names.fileName(fileName) !== fileName);
    if (inspected.isOnBlack) log.noteOnBlack(fileName);
    if (split !== null) log.noteSplit(split, project.images.rowsOf(added.imageId)[0]!);
    if (inspected.burnedIn !== null) {
      const shown = inspected.findings.findIndex(({ regions }) => regions.length > 0);
      const frameId = added.frameIds[shown < 0 ? added.frameIds.length >> 1 : shown]!;
      log.noteBurnedIn(fileName, frameId, inspected.burnedIn);
    }
  }

  /** A volume is an examination by itself: the number at the end of its name is the patient's, not that of a slice. */
  #patientOf(name: string, told: string | undefined, { format }: Pick<InspectedSource, "format">): string {
    const { options, patient } = this.#parts;
    if (told !== undefined && options.patient.kind === "auto") return told;
    const isVolume = format === "nifti" || format === "nrrd";
    return isVolume && options.patient.kind === "auto" ? partsOf(name).stem : patient(name);
  }
}
