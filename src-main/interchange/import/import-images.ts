/**
 * @file Image files and their masks into the project, step by step: plan, images with their masks, masks of images that were there
 * before, labels of many images, the table. A file that is refused never stops the others.
 */
import type { DeidentifyChoice } from "../../api/contract.ts";
import { basicProfile } from "../../imaging/index.ts";
import type { Project } from "../../project/index.ts";
import { patientOf, sharedFolders } from "../file-names.ts";
import { namesOf } from "../stored-names.ts";
import { ImageStore } from "./image-store.ts";
import { ImportLog } from "./import-log.ts";
import type { ImportOptions, ImportReport } from "./import-options.ts";
import { planImport } from "./import-plan.ts";
import { inOrder } from "./in-order.ts";
import { importLabelFiles, importLabelTables } from "./label-import.ts";
import { importLaterMasks } from "./later-masks.ts";
import { MaskStore } from "./mask-store.ts";

/**
 * Imports; resolves with what happened, also when cancelled or when the disk is full: what was stored by then stays.
 * Rejects with `Problem` "bad-request" for a patient pattern that cannot be used, before any image is read.
 */
export async function importImages(options: ImportOptions): Promise<ImportReport> {
  const { project, deidentify = true, labels: tables = [] } = options;
  const plan = await planImport(options);
  const choice: DeidentifyChoice = typeof deidentify === "object" ? deidentify : {};
  const names = namesOf(deidentify, project.secret);
  const classes = project.classes.list();
  const fileNames = plan.images.map(({ file }) => file.name);
  const patient = patientOf(options.patient, sharedFolders(fileNames));
  const log = new ImportLog({
    total: plan.images.length + plan.laterMasks.length + plan.labelFiles.length + tables.length,
    refused: [...(options.refused ?? []), ...plan.refused],
    dryRun: options.dryRun ?? false,
    deidentify,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  const masks = new MaskStore(options, log);
  const images = new ImageStore({
    options,
    plan,
    log,
    masks,
    names,
    patient,
    deidentification: deidentify === false ? null : { ...basicProfile, ...choice, secret: project.secret },
  });
  for (const match of plan.matches) log.noteMatch(match);
  return log.during(async () => {
    await settling(project, log, () =>
      inOrder(
        log,
        plan.images,
        ({ file }) => file.name,
        (target, turn) => images.import(target, turn),
      ),
    );
    await importLaterMasks({ project, log, masks, names, files: plan.laterMasks });
    await importLabelFiles({ options, log, masks, names, plan });
    await importLabelTables({ options, log, names });
    const known = new Set(classes.map(({ value }) => value));
    const made = project.classes.list().filter(({ value }) => !known.has(value));
    log.report.newClasses.made = made.map(({ name }) => name);
  });
}

/** A power cut may cost this much of an import, in milliseconds; syncing each image by itself costs a slow drive most of its time. */
const SETTLE_MS = 500;

/** Edits of `work` that are to last "soon" reach the disk twice a second, and the last of them before this resolves. */
async function settling(project: Project, log: ImportLog, work: () => Promise<void>): Promise<void> {
  const settle = (): void => {
    try {
      project.settle();
    } catch (error) {
      log.note(error, project.name);
    }
  };
  const timer = setInterval(settle, SETTLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
    settle();
  }
}
