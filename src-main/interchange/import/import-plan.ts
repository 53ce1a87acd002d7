/**
 * @file What is to be done with each of the chosen files, before any image is read: which are images, which are masks of them, which
 * hold labels of many images.
 */
import type { MaskMatch, RefusedFile, Split } from "../../api/contract.ts";
import type { FileClass, LabelFile } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { partsOf } from "../file-names.ts";
import { followDirectories } from "./directory-files.ts";
import type { ImportOptions } from "./import-options.ts";
import { type ChosenFiles, folderOf, sortLabelFiles } from "./label-files.ts";
import { forDecoding, type ImportFile } from "./list-import-files.ts";
import { type MaskTarget, type MatchedMask, matchMasks, separateMasks } from "./match-masks.ts";
import { type Dataset, datasetImages, datasetOf, hasChannelSuffix, imageStemOf } from "./nnunet-cases.ts";

/** An image of this import. */
export interface ImageTarget extends MaskTarget {
  fileName: string;
  file: ImportFile;
  /** Name that tells the patient, where it is not that of the file. */
  patientFile?: string;
  /** Case, where another file tells it: unless a rule of the person finds another one. */
  caseName?: string;
  /** Split of its case, where another file tells it. */
  split?: Split | null;
}

/** A mask whose values are classes of its own file, not those of the project. */
export type MaskFile = ImportFile & { classes?: readonly FileClass[]; otherStem?: string };

export interface ImportPlan {
  /** In the order in which they are stored. */
  images: ImageTarget[];
  /** Masks of `images`. */
  masks: Map<ImageTarget, MatchedMask<MaskFile>[]>;
  /** Without an image in this import: perhaps of images that are in the project already. */
  laterMasks: MaskFile[];
  /** Files that hold labels of many images; more may be found among `images`. */
  labelFiles: ImportFile[];
  datasets: Dataset[];
  /** What was decided about whole sets. */
  matches: MaskMatch[];
  refused: RefusedFile[];
}

/**
 * Reads only what says something of other files: DICOMDIR, nnU-Net's descriptions. Throws `Problem` "bad-request" for a channel or
 * fold that is not there.
 */
export async function planImport(options: ImportOptions): Promise<ImportPlan> {
  const { items, refused } = await followDirectories(options, await collect(options.items));
  const chosen = sortLabelFiles(items, await collect(options.masks ?? []));
  const described = await readDescriptions(options, chosen);
  const { datasets } = described;
  const { channel = 0, fold = 0, split = null } = options;
  const set = datasetImages(chosen.images, datasets, { channel, fold, split });
  const { images, masks: masksAmongImages } = separateMasks(set.others);
  const masks = [...chosen.masks.map((file) => nnunetMask(file, datasets, channel)), ...masksAmongImages];
  const targets: ImageTarget[] = [
    ...images.map((file) => ({ ...partsOf(file.name), file })),
    ...set.images.map((image) => ({ ...partsOf(image.file.name), ...image })),
  ];
  const matches = matchMasks(targets, masks);
  return {
    images: targets,
    masks: matches.matched,
    laterMasks: matches.unmatched,
    labelFiles: [...described.others, ...chosen.labels],
    datasets,
    matches: set.matches,
    refused: [...refused, ...described.refused, ...matches.refused],
  };
}

interface Descriptions {
  datasets: Dataset[];
  /** JSON that holds labels. */
  others: ImportFile[];
  refused: RefusedFile[];
}

/** Tells nnU-Net's descriptions and COCO apart, so that folders of nnU-Net are known before their files are read. */
async function readDescriptions(
  { pool, signal }: ImportOptions,
  { json, splits, images, masks, labels }: ChosenFiles,
): Promise<Descriptions> {
  const found: Descriptions = { datasets: [], others: [], refused: [] };
  const read = async (file: ImportFile): Promise<LabelFile | null> => {
    try {
      const { fileName } = partsOf(file.name);
      return await pool.labels(forDecoding(file), { fileName }, signal === undefined ? {} : { signal });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      found.refused.push({ file: file.name, problem: error.toJSON() });
      return null;
    }
  };
  for (const file of json) {
    const isDescription = /(^|\/)dataset\.json$/i.test(file.name);
    const described = isDescription ? await read(file) : null;
    if (!isDescription || (described !== null && described.kind !== "nnunet")) found.others.push(file);
    if (described?.kind !== "nnunet") continue;
    const folder = folderOf(file.name);
    const ownSplits = splits.find(({ name }) => folderOf(name) === folder);
    const folds = ownSplits === undefined ? null : await read(ownSplits);
    found.datasets.push({
      ...described,
      folder,
      name: partsOf(file.name).fileName,
      hasChannelSuffix: hasChannelSuffix(folder, [...images, ...masks, ...labels]),
      folds: folds?.kind === "nnunet-splits" ? folds.folds : null,
    });
  }
  return found;
}

/** Labels of nnU-Net are named after cases, not images. */
function nnunetMask(file: ImportFile, datasets: readonly Dataset[], channel: number): MaskFile {
  const dataset = datasetOf(file, datasets);
  if (dataset === undefined) return file;
  return { ...file, otherStem: imageStemOf(file, dataset, channel), classes: dataset.classes };
}

async function collect<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
