/**
 * @file nnU-Net's folders (its documentation, "dataset_format.md"): which of their files are images, of which case and channel, and to
 * which split a case belongs.
 */
import type { MaskMatch, Split } from "../../api/contract.ts";
import type { FileClass } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { partsOf } from "../file-names.ts";
import { folderOf } from "./label-files.ts";
import type { ImportFile } from "./list-import-files.ts";

/** What dataset.json and splits_final.json say of the files below their folder. */
export interface Dataset {
  /** With its final "/"; empty at the top. */
  folder: string;
  /** File name of the description. */
  name: string;
  classes: readonly FileClass[];
  ignore: number | null;
  /** Names of the channels. */
  channels: readonly string[];
  /** Whether image names end in the number of their channel. Those of the Medical Segmentation Decathlon do not. */
  hasChannelSuffix: boolean;
  /** Case of the project by case of the set. */
  cases: Readonly<Record<string, string>>;
  folds: readonly { train: readonly string[]; val: readonly string[] }[] | null;
}

/** What an import wants of datasets. */
export interface DatasetChoice {
  channel: number;
  fold: number;
  /** Of all cases, whatever the set says. */
  split: Split | null;
}

/** An image of a dataset. */
export interface DatasetImage {
  file: ImportFile;
  /** Name of the file without the number of its channel, for rules that find the patient in it. */
  patientFile: string;
  /** Case of the project as the set tells it, else the case of the set: nnU-Net splits by it. */
  caseName: string;
  split: Split | null;
}

const channelSuffix = /_(\d{4})$/;

/** Whether the names in a dataset end in channel numbers: all images do, and no label is named as a whole image. */
export function hasChannelSuffix(folder: string, files: readonly ImportFile[]): boolean {
  const stemsIn = (inner: string): string[] =>
    files.filter(({ name }) => name.startsWith(`${folder}${inner}/`)).map(({ name }) => partsOf(name).stem);
  const labels = new Set([...stemsIn("labelsTr"), ...stemsIn("labelsTs")]);
  return [...stemsIn("imagesTr"), ...stemsIn("imagesTs")].every(
    (stem) => channelSuffix.test(stem) && !labels.has(stem),
  );
}

/** The dataset that a file of labels belongs to. */
export function datasetOf({ name }: ImportFile, datasets: readonly Dataset[]): Dataset | undefined {
  return datasets.find(({ folder }) => name.startsWith(folder) && /^labelsT[rs]\//.test(name.slice(folder.length)));
}

/** Stem of the image that a file of labels is for: labels of case `X` are `X`, its channel 1 is `X_0001`. */
export function imageStemOf(label: ImportFile, { hasChannelSuffix: isNumbered }: Dataset, channel: number): string {
  const { stem } = partsOf(label.name);
  return isNumbered ? `${stem}_${String(channel).padStart(4, "0")}` : stem;
}

/**
 * The images of the chosen channel, and what was decided, for the report; files in none of the datasets are `others`. Throws `Problem`
 * "bad-request" for a channel or fold that a dataset does not have.
 */
export function datasetImages(
  files: readonly ImportFile[],
  datasets: readonly Dataset[],
  choice: DatasetChoice,
): { images: DatasetImage[]; others: ImportFile[]; matches: MaskMatch[] } {
  const taken = new Map(datasets.map((dataset) => [dataset, { images: 0, leftOut: 0 }]));
  const others: ImportFile[] = [];
  const images = files.flatMap((file): DatasetImage[] => {
    const dataset = datasets.find(
      ({ folder }) => file.name.startsWith(folder) && /^imagesT[rs]\//.test(file.name.slice(folder.length)),
    );
    if (dataset === undefined) {
      others.push(file);
      return [];
    }
    const counts = taken.get(dataset)!;
    const { stem, fileName } = partsOf(file.name);
    const channel = dataset.hasChannelSuffix ? Number(channelSuffix.exec(stem)![1]) : 0;
    if (channel !== choice.channel) {
      counts.leftOut++;
      return [];
    }
    counts.images++;
    const caseOfSet = dataset.hasChannelSuffix ? stem.replace(channelSuffix, "") : stem;
    const isTest = file.name.slice(dataset.folder.length).startsWith("imagesTs/");
    return [
      {
        file,
        patientFile: folderOf(file.name) + caseOfSet + fileName.slice(stem.length),
        caseName: Object.hasOwn(dataset.cases, caseOfSet) ? dataset.cases[caseOfSet]! : caseOfSet,
        split: choice.split ?? (isTest ? "test" : splitOf(caseOfSet, dataset, choice)),
      },
    ];
  });
  const matches = [...taken].map(([dataset, counts]) => matchOfDataset(dataset, counts, choice));
  return { images, others, matches };
}

function splitOf(caseName: string, { folds, name }: Dataset, { fold }: DatasetChoice): Split | null {
  if (folds === null) return null;
  const chosen = folds[fold];
  if (chosen === undefined) {
    throw new Problem({
      code: "bad-request",
      title: `${name}: there is no fold ${fold}.`,
      detail: `Its splits_final.json has ${folds.length}, counted from 0.`,
      hint: "Choose one of them.",
    });
  }
  return chosen.val.includes(caseName) ? "val" : chosen.train.includes(caseName) ? "train" : null;
}

function matchOfDataset(
  { folder, name, channels, folds }: Dataset,
  { images, leftOut }: { images: number; leftOut: number },
  { channel, fold, split }: DatasetChoice,
): MaskMatch {
  if (images === 0 && leftOut > 0) {
    throw new Problem({
      code: "bad-request",
      title: `${name}: no image has channel ${channel}.`,
      detail: `Its channels are ${channels.map((each, index) => `${index} ${each}`).join(", ")}.`,
      hint: "Choose one of them.",
    });
  }
  const notes = [
    `${images} images${channels.length > 1 ? ` of channel ${channel} (${channels[channel] ?? "not named"})` : ""}`,
    ...(leftOut > 0 ? [`${leftOut} files of other channels are left out`] : []),
    ...(folds !== null && split === null
      ? [`train and val are those of fold ${fold} of ${folds.length} of splits_final.json`]
      : []),
  ];
  return { file: `${folder}${name}`, kind: "nnunet", images: [], notes };
}
