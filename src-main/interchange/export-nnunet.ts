/**
 * @file nnU-Net v2 raw data (nnU-Net documentation, "dataset_format.md"): imagesTr, labelsTr, imagesTs, labelsTs, dataset.json, and
 * splits_final.json by patient. Labels count from 1 without gaps, as nnU-Net asks, whatever the values in the project are; slices that are
 * not annotated get its ignore label, which is the highest.
 */
import type { LabelClass } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { Random } from "../random/index.ts";
import { encodePng } from "../imaging/index.ts";
import type { ExportFile } from "./export-files.ts";
import { type ExportSet, jsonBytes } from "./export-set.ts";
import { annotatedVolumes, isAnnotated, niftiImage, niftiLabels } from "./export-nifti.ts";
import type { Volume } from "./volumes.ts";

/** nnU-Net's own default. */
const FOLDS = 5;
const rgb = ["red", "green", "blue"];
/** Labels that mean something of their own to nnU-Net. */
const reservedNames = ["background", "ignore"];

/** Files below `<dir>`, which is then one Dataset folder. */
export function nnunetFiles(set: ExportSet, signal?: AbortSignal): ExportFile[] {
  const reserved = set.classes.find(({ name }) => reservedNames.includes(name));
  if (reserved !== undefined) throw reservedName(reserved.name);
  const numbering = consecutive(set.classes);
  const volumes = annotatedVolumes(set).map((volume) => {
    const [{ row, metadata }] = volume.slices as [Volume["slices"][number]];
    // Named so that no one takes generated images for patients.
    const name = `${metadata.synthetic === undefined ? "" : "synthetic_"}${volume.name}`;
    return { ...volume, name, row, metadata, isTest: row.split === "test" };
  });
  const channelCount = volumes[0]!.metadata.channels;
  if (volumes.some(({ metadata }) => metadata.channels !== channelCount)) throw mixedChannels();
  const isNatural = volumes.every(
    ({ row, metadata }) => row.frameCount === 1 && metadata.sampleType === "uint8" && metadata.geometry === undefined,
  );
  const isPartial = volumes.some(({ slices }) => !slices.every(isAnnotated));
  const ignore = set.classes.length + 1;
  if (isPartial && ignore > 255) throw noIgnoreLabel();
  const ending = isNatural ? ".png" : ".nii.gz";

  const files = volumes.flatMap((volume): ExportFile[] => {
    const [images, labels] = volume.isTest ? ["imagesTs", "labelsTs"] : ["imagesTr", "labelsTr"];
    if (isNatural) {
      const [slice] = volume.slices as [Volume["slices"][number]];
      return [
        { name: `${images}/${volume.name}_0000.png`, content: () => rawPicture(set, slice) },
        {
          name: `${labels}/${volume.name}.png`,
          content: () => {
            const map = isAnnotated(slice) ? set.labelMap(slice) : null;
            if (map === null) throw new Error("export: a picture without annotation.");
            return encodePng(numbering.renumber(map.data), map.width, map.height, 1);
          },
        },
      ];
    }
    return [
      ...Array.from({ length: channelCount }, (_, channel) => ({
        name: `${images}/${volume.name}_000${channel}${ending}`,
        content: () => niftiImage(set, volume, { channel, signal }),
      })),
      {
        name: `${labels}/${volume.name}${ending}`,
        content: () => niftiLabels(set, volume, { ...numbering, unannotated: ignore, signal }),
      },
    ];
  });
  const training = volumes.filter(({ isTest }) => !isTest);
  const channelNames = channelCount === 3 ? rgb : [set.annotated[0]!.row.modality ?? "image"];
  const description = {
    channel_names: Object.fromEntries(channelNames.map((name, index) => [String(index), name])),
    labels: {
      background: 0,
      ...Object.fromEntries(numbering.classes.map(({ value, name }) => [name, value])),
      ...(isPartial ? { ignore } : {}),
    },
    numTraining: training.length,
    file_ending: ending,
    ...(isNatural ? { overwrite_image_reader_writer: "NaturalImage2DIO" } : {}),
    // Beyond nnU-Net, which leaves them alone:
    name: "Exported by Aliquot",
    colors: Object.fromEntries(set.classes.map(({ name, color }) => [name, color])),
    synthetic: volumes.filter(({ metadata }) => metadata.synthetic !== undefined).map(({ name }) => name),
    cases: Object.fromEntries(volumes.map(({ name, row }) => [name, row.caseName])),
  };
  return [
    ...files,
    { name: "dataset.json", content: () => Promise.resolve(jsonBytes(description)) },
    { name: "splits_final.json", content: () => Promise.resolve(jsonBytes(foldsOf(training))) },
  ];
}

/** Classes with the values 1 to n in their order, and label maps in these values. */
function consecutive(classes: readonly LabelClass[]): {
  classes: LabelClass[];
  renumber: (values: Uint8Array) => Uint8Array;
} {
  const numbers = new Uint8Array(256);
  for (const [index, { value }] of classes.entries()) numbers[value] = index + 1;
  return {
    classes: classes.map((each, index) => ({ ...each, value: index + 1 })),
    renumber: (values) => values.map((value) => numbers[value]!),
  };
}

/** The project's own train and val as one fold; without a val split five folds of patients, synthetic ones only to train on. */
function foldsOf(
  volumes: readonly {
    name: string;
    row: { caseId: number; split: string | null };
    metadata: { synthetic?: unknown };
  }[],
): { train: string[]; val: string[] }[] {
  const namesOf = (chosen: typeof volumes): string[] => chosen.map(({ name }) => name).sort();
  if (volumes.some(({ row }) => row.split === "val")) {
    return [
      {
        train: namesOf(volumes.filter(({ row }) => row.split !== "val")),
        val: namesOf(volumes.filter(({ row }) => row.split === "val")),
      },
    ];
  }
  const real = volumes.filter(({ metadata }) => metadata.synthetic === undefined);
  const cases = new Random(12_345, "nnunet folds").shuffle(
    [...new Set(real.map(({ row }) => row.caseId))].sort((a, b) => a - b),
  );
  return Array.from({ length: Math.min(FOLDS, Math.max(1, cases.length)) }, (_, fold) => {
    const held = new Set(cases.length < 2 ? [] : cases.filter((_, index) => index % FOLDS === fold));
    return {
      train: namesOf(volumes.filter(({ row, metadata }) => metadata.synthetic !== undefined || !held.has(row.caseId))),
      val: namesOf(real.filter(({ row }) => held.has(row.caseId))),
    };
  });
}

/** Samples unchanged: nnU-Net normalizes by itself. */
async function rawPicture(set: ExportSet, slice: Volume["slices"][number]): Promise<Uint8Array> {
  const { data, width, height, channels } = await set.pixels(slice);
  return encodePng(data as Uint8Array, width, height, channels);
}

function reservedName(name: string): Problem {
  return new Problem({
    code: "bad-request",
    title: `nnU-Net cannot have a class named ${name}.`,
    detail: `To nnU-Net "background" is what belongs to no class, and "ignore" what is not annotated.`,
    hint: "Rename the class, or export in another format.",
  });
}

function noIgnoreLabel(): Problem {
  return new Problem({
    code: "unsupported-file",
    title: "All 255 values are classes, so none is left for slices that are not annotated.",
    hint: "Annotate the remaining slices, or export as NIfTI.",
  });
}

function mixedChannels(): Problem {
  return new Problem({
    code: "unsupported-file",
    title: "nnU-Net needs images of one kind, here some are gray and some in color.",
    hint: "Export the splits one by one if they differ in that, or keep the kinds in projects of their own.",
  });
}
