/**
 * @file Which of the chosen files hold labels for many images, and nnU-Net folders among them.
 */
import type { ImportFile } from "./list-import-files.ts";

export interface ChosenFiles {
  images: ImportFile[];
  masks: ImportFile[];
  /** NIfTI, DICOM Segmentation, COCO. */
  labels: ImportFile[];
  /** nnU-Net's or COCO's; looked into before all others. */
  json: ImportFile[];
  /** splits_final.json beside a dataset.json. */
  splits: ImportFile[];
}

/** PNG masks go on as such. `labelsTr` and `labelsTs` beside a dataset.json are nnU-Net's labels. */
export function sortLabelFiles(items: readonly ImportFile[], masks: readonly ImportFile[]): ChosenFiles {
  const isJson = ({ name }: ImportFile): boolean => /\.json$/i.test(name);
  const isPng = ({ name }: ImportFile): boolean => /\.png$/i.test(name);
  const roots = [...items, ...masks]
    .filter(({ name }) => /(^|\/)dataset\.json$/i.test(name))
    .map(({ name }) => folderOf(name));
  const isOfNnunet = ({ name }: ImportFile): boolean =>
    roots.some((root) => name.startsWith(root) && /^labelsT[rs]\//.test(name.slice(root.length)));
  // A dataset card lies beside masks or a dataset.json; a README among images is named like any file that is no image.
  const isCard = ({ name }: ImportFile): boolean => /(^|\/)README\.md$/.test(name);
  const isList = ({ name }: ImportFile): boolean => /(^|\/)(splits_final\.json|data\.yaml)$/.test(name);
  const isOfSet = ({ name }: ImportFile): boolean => roots.some((root) => name.startsWith(root));
  const rest = items.filter((file) => !isList(file) && !isJson(file) && !(isCard(file) && isOfSet(file)));
  const own = masks.filter((file) => !isList(file) && !isJson(file) && !isCard(file));
  return {
    images: rest.filter((file) => !isOfNnunet(file)),
    masks: [...own, ...rest.filter(isOfNnunet)].filter(isPng),
    labels: [...own, ...rest.filter(isOfNnunet)].filter((file) => !isPng(file)),
    splits: [...items, ...masks].filter(
      ({ name }) => /(^|\/)splits_final\.json$/.test(name) && roots.includes(folderOf(name)),
    ),
    json: [...items, ...masks].filter((file) => isJson(file) && !isList(file)),
  };
}

/** With its final "/"; empty at the top. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}
