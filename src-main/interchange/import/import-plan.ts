/**
 * @file What is to be done with each of the chosen files, before any image is read: which are images, which are masks of them, which
 * hold labels of many images.
 */
import type { RefusedFile } from "../../api/contract.ts";
import type { FileClass } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { partsOf } from "../file-names.ts";
import { followDirectories } from "./directory-files.ts";
import type { ImportOptions } from "./import-options.ts";
import { folderOf, sortLabelFiles } from "./label-files.ts";
import { type ImportFile, readListed } from "./list-import-files.ts";
import { type MaskTarget, type MatchedMask, matchMasks, separateMasks } from "./match-masks.ts";

/** An image of this import. */
export interface ImageTarget extends MaskTarget {
  fileName: string;
  file: ImportFile;
}

/** A mask whose values are classes of its own file, not those of the project. */
export type MaskFile = ImportFile & { classes?: FileClass[]; otherStem?: string };

/** nnU-Net's dataset.json and what it says of the labels below its folder. */
export interface Dataset {
  folder: string;
  classes: FileClass[];
  ignore: number | null;
}

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
  refused: RefusedFile[];
}

/** Reads only what says something of other files: DICOMDIR, nnU-Net's descriptions. */
export async function planImport(options: ImportOptions): Promise<ImportPlan> {
  const { items, refused } = await followDirectories(options, await collect(options.items));
  const chosen = sortLabelFiles(items, await collect(options.masks ?? []));
  const described = await readDescriptions(options, chosen.json);
  const { images, masks: masksAmongImages } = separateMasks(chosen.images);
  const masks = [...chosen.masks.map((file) => nnunetMask(file, described.datasets)), ...masksAmongImages];
  const targets = images.map((file) => ({ ...partsOf(file.name), file }));
  const matches = matchMasks(targets, masks);
  return {
    images: targets,
    masks: matches.matched,
    laterMasks: matches.unmatched,
    labelFiles: [...described.others, ...chosen.labels],
    datasets: described.datasets,
    refused: [...refused, ...described.refused, ...matches.refused],
  };
}

/** The description that goes for a file of labels. */
export function datasetOf({ name }: ImportFile, datasets: readonly Dataset[]): Dataset | undefined {
  return datasets.find(({ folder }) => name.startsWith(folder) && /^labelsT[rs]\//.test(name.slice(folder.length)));
}

interface Descriptions {
  datasets: Dataset[];
  /** JSON that holds labels. */
  others: ImportFile[];
  refused: RefusedFile[];
}

/** Tells nnU-Net's descriptions and COCO apart, so that folders of nnU-Net are known before their files are read. */
async function readDescriptions({ pool, signal }: ImportOptions, json: readonly ImportFile[]): Promise<Descriptions> {
  const found: Descriptions = { datasets: [], others: [], refused: [] };
  for (const file of json) {
    if (!/(^|\/)dataset\.json$/i.test(file.name)) {
      found.others.push(file);
      continue;
    }
    try {
      const { fileName } = partsOf(file.name);
      const read = await pool.labels(await readListed(file), { fileName }, signal === undefined ? {} : { signal });
      if (read.kind === "nnunet") found.datasets.push({ folder: folderOf(file.name), ...read });
      else found.others.push(file);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      found.refused.push({ file: file.name, problem: error.toJSON() });
    }
  }
  return found;
}

/** nnU-Net calls the first channel of case `X` `X_0000`, its labels `X`. */
function nnunetMask(file: ImportFile, datasets: readonly Dataset[]): MaskFile {
  const dataset = datasetOf(file, datasets);
  if (dataset === undefined) return file;
  return { ...file, otherStem: `${partsOf(file.name).stem}_0000`, classes: dataset.classes };
}

async function collect<T>(source: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
