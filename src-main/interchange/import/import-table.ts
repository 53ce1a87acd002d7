/**
 * @file A table of image-level labels: the first column names images or cases, every other one is a label. A column of numbers is read
 * as numbers unless its name ends in ":class". Columns that seem to name persons are left out unless names are kept.
 */
import type { MaskMatch } from "../../api/contract.ts";
import { Problem } from "../../problem/index.ts";
import type { LabelValue, Project } from "../../project/index.ts";
import { partsOf } from "../file-names.ts";
import { type StoredNames, unchangedNames } from "../stored-names.ts";
import { holdsIdentity } from "./identity-columns.ts";

const caseColumn = /^(case|patient|subject)(_?id|_?name)?$/i;
const keyColumns =
  /^(image|file|filename|file_name|name|id|case|patient|subject|case_?id|patient_?id|image_?id|subject_?id|case_?name|split|frame)$/i;

/** Sets the labels; returns how many and how rows were matched. Throws `Problem` before anything is set. */
export function importTable(
  project: Project,
  rows: readonly (readonly string[])[],
  file: string,
  stored: StoredNames,
): { labels: number; match: MaskMatch } {
  const [head, ...body] = rows;
  if (head === undefined || head.length < 2 || body.length === 0) throw noTable(file);
  const byCase = caseColumn.test(head[0]!);
  const targets = new Map<string, number[]>();
  const add = (key: string, imageId: number): void => {
    const known = targets.get(key.toLowerCase());
    if (known === undefined) targets.set(key.toLowerCase(), [imageId]);
    else if (!known.includes(imageId)) known.push(imageId);
  };
  const names = new Map<number, string>();
  for (const { imageId, caseName } of project.images.frames()) {
    const { fileName } = project.images.image(imageId);
    names.set(imageId, fileName);
    if (byCase) add(caseName, imageId);
    else {
      add(fileName, imageId);
      add(partsOf(fileName).stem, imageId);
    }
  }
  const find = (key: string): number[] => {
    const { fileName, stem } = partsOf(key);
    const ways = byCase
      ? [key, stored.caseName(key)]
      : [fileName, stem, stored.fileName(fileName), stored.stem(stem), stored.stem(fileName)];
    return ways.map((way) => targets.get(way.toLowerCase())).find((found) => found !== undefined) ?? [];
  };
  const leftOut: string[] = [];
  const columns = head.flatMap((title, index) => {
    if (index === 0 || keyColumns.test(title)) return [];
    const [, name, kind] = /^(.*?)(?::(class|number))?$/.exec(title)!;
    const values = body.map((row) => row[index]!).filter((value) => value !== "");
    if (stored !== unchangedNames && holdsIdentity(name!, values)) {
      leftOut.push(title);
      return [];
    }
    const isNumeric = values.every((value) => Number.isFinite(Number(value)));
    if (kind === "number" && !isNumeric) {
      const row = body.findIndex((each) => !Number.isFinite(Number(each[index])));
      throw mismatch(file, `The column "${title}" holds something else than a number in row ${row + 2}.`);
    }
    return [{ index, name: name!.trim(), isNumber: kind === "number" || (kind === undefined && isNumeric) }];
  });
  const leftOver: string[] = [];
  const images = new Set<number>();
  const found: { imageId: number; name: string; value: LabelValue }[] = [];
  for (const row of body) {
    const imageIds = find(row[0]!);
    if (!byCase && imageIds.length > 1) {
      throw mismatch(
        file,
        `${imageIds.length} images are named ${row[0]}: name cases, or give images names of their own.`,
      );
    }
    if (imageIds.length === 0) leftOver.push(row[0]!);
    for (const imageId of imageIds) {
      images.add(imageId);
      for (const { index, name, isNumber } of columns) {
        const text = row[index]!;
        if (text === "") continue;
        const value = isNumber ? { className: null, number: Number(text) } : { className: text, number: null };
        found.push({ imageId, name, value });
      }
    }
  }
  if (images.size === 0) throw mismatch(file, `None of its ${body.length} rows names an image of the project.`);
  const labels = project.edit("import labels", () =>
    found.reduce((count, { imageId, name, value }) => count + (project.labels.set(imageId, name, value) ? 1 : 0), 0),
  );
  const notes = [
    `labels: ${columns.map(({ name, isNumber }) => `${name} (${isNumber ? "number" : "class"})`).join(", ")}`,
    ...(leftOut.length > 0 ? [`left out, for they may name persons: ${leftOut.join(", ")}`] : []),
    ...(leftOver.length > 0 ? [`no image for ${leftOver.length} rows: ${leftOver.slice(0, 5).join(", ")}`] : []),
  ];
  return { labels, match: { file, kind: "labels", images: [...images].map((imageId) => names.get(imageId)!), notes } };
}

function noTable(file: string): Problem {
  return new Problem({
    code: "corrupt-file",
    title: `${partsOf(file).fileName}: it is no table of labels.`,
    detail: "It needs a first row with names of columns, a first column with images or cases, and a column per label.",
    hint: "For example: image,diagnosis,age",
  });
}

function mismatch(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: the labels do not fit the images.`,
    detail,
    hint: "Import the images first, or together with the table.",
  });
}
