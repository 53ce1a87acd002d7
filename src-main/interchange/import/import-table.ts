/**
 * @file A table of image-level labels: the first column names images or cases, every other one is a label. A label that the project defines
 * keeps its rules, others are defined after the table. Columns that seem to name persons are left out unless names are kept.
 */
import type { LabelDefinition, LabelValue, MaskMatch } from "../../api/contract.ts";
import { Problem } from "../../problem/index.ts";
import type { LabelEntry, Project } from "../../project/index.ts";
import { partsOf } from "../file-names.ts";
import { type StoredNames, unchangedNames } from "../stored-names.ts";
import { isOriginColumn, labelColumnTitle, readLabelColumn } from "../label-column.ts";
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
  const origins: string[] = [];
  const columns = head.flatMap((title, index) => {
    if (index === 0 || keyColumns.test(title)) return [];
    if (isOriginColumn(title, head)) {
      origins.push(title);
      return [];
    }
    const column = readLabelColumn(title);
    if (column === null) throw mismatch(file, `The column "${title}" has rules in brackets that cannot be read.`);
    const values = body.map((row) => row[index]!).filter((value) => value !== "");
    if (stored !== unchangedNames && holdsIdentity(column.name, values)) {
      leftOut.push(title);
      return [];
    }
    const present = project.labelDefinitions.find(column.name);
    const numbers = numbersOf(values);
    const kind = present?.kind ?? column.kind ?? (numbers === null ? "class" : "number");
    if (kind === "number" && numbers === null) {
      const row = body.findIndex((each) => each[index] !== "" && numbersOf([each[index]!]) === null);
      const where =
        row === -1 ? "both decimal points and decimal commas" : `something else than a number in row ${row + 2}`;
      throw mismatch(file, `The column "${title}" holds ${where}.`);
    }
    const options = kind === "number" ? [] : (column.options ?? [...new Set(values)].sort(inNaturalOrder));
    const scope: LabelDefinition["scope"] = column.scope ?? (byCase ? "patient" : "image");
    const { thresholds, unit, minimum, maximum } = column;
    return [{ index, present, given: { name: column.name, kind, scope, options, thresholds, unit, minimum, maximum } }];
  });
  const lowered = columns.map(({ given }) => given.name.toLowerCase());
  const twice = columns.find((_, index) => lowered.indexOf(lowered[index]!) < index);
  if (twice !== undefined) throw mismatch(file, `Two of its columns are named "${twice.given.name}".`);
  const leftOver: string[] = [];
  const images = new Set<number>();
  const found = new Map<string, { column: (typeof columns)[number]; subjectId: number; value: LabelValue }>();
  for (const [rowIndex, row] of body.entries()) {
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
      for (const column of columns) {
        const { index, present, given } = column;
        const text = row[index]!;
        if (text === "") continue;
        const value = given.kind === "number" ? numberOf(text) : text;
        const { scope } = present ?? given;
        const subjectId = project.labels.subjectOf({ scope }, imageId);
        const key = `${subjectId} ${given.name}`;
        const known = found.get(key)?.value;
        if (known !== undefined && known !== value) {
          throw mismatch(
            file,
            `Row ${rowIndex + 2} says something else of "${given.name}" than an earlier row of the same ${scope}.`,
          );
        }
        found.set(key, { column, subjectId, value });
      }
    }
  }
  if (images.size === 0) throw mismatch(file, `None of its ${body.length} rows names an image of the project.`);
  const made: LabelDefinition[] = [];
  const labels = project.edit("import labels", () => {
    const ids = new Map(
      columns.map((column) => {
        if (column.present !== null) return [column, column.present.labelId];
        const added = project.labelDefinitions.add(column.given);
        made.push(added);
        return [column, added.labelId];
      }),
    );
    const entries = [...found.values()].map(({ column, subjectId, value }): LabelEntry => ({
      labelId: ids.get(column)!,
      subjectId,
      value,
    }));
    return project.labels.record(entries);
  });
  const notes = [
    `labels: ${columns.map(({ given }) => `${given.name} (${given.kind})`).join(", ")}`,
    ...made.map(toldAsMade),
    ...columns.flatMap(rulesLeftOut),
    ...(leftOut.length > 0 ? [`left out, for they may name persons: ${leftOut.join(", ")}`] : []),
    ...(origins.length > 0
      ? [`left out, for a project knows the origin of its own labels alone: ${origins.join(", ")}`]
      : []),
    ...(leftOver.length > 0 ? [`no image for ${leftOver.length} rows: ${listed(leftOver)}`] : []),
    ...(images.size < names.size ? [`no row for ${names.size - images.size} images of the project`] : []),
  ];
  return { labels, match: { file, kind: "labels", images: [...images].map((imageId) => names.get(imageId)!), notes } };
}

/** A label that is there keeps its rules: what a title says otherwise is not taken over in silence. */
function rulesLeftOut({
  present,
  given: { name, thresholds = [] },
}: {
  present: LabelDefinition | null;
  given: Pick<LabelDefinition, "name"> & { thresholds?: readonly string[] | undefined };
}): string[] {
  if (present === null || thresholds.length === 0 || thresholds.join() === present.thresholds.join()) return [];
  const has = present.thresholds.length === 0 ? "none" : listed(present.thresholds);
  return [`${name} is there already and keeps its thresholds (${has}): those of the table are left out`];
}

/** The rules that a label was defined with. */
function toldAsMade(definition: LabelDefinition): string {
  const { name, kind, scope, options, thresholds } = definition;
  const values = kind === "number" ? "" : `: ${listed(options, kind === "grade" ? " < " : ", ")}`;
  const rules =
    kind === "number"
      ? labelColumnTitle(definition)
          .slice(name.length + 1)
          .replace(/:patient$/, "")
      : kind;
  const from = thresholds.length === 0 ? "" : `, threshold ${thresholds.join(", ")} or higher`;
  return `new label "${name}", a ${rules} per ${scope}${values}${from}`;
}

/** "10" after "9". */
function inNaturalOrder(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

const plainNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const commaNumber = /^[-+]?\d+,\d+$/;

/** Numbers as spreadsheets write them, with decimal points or commas; null when any is no number, or both kinds occur. */
function numbersOf(values: readonly string[]): number[] | null {
  const hasComma = values.some((value) => commaNumber.test(value));
  const isNumber = (value: string): boolean =>
    plainNumber.test(value) ? !(hasComma && value.includes(".")) : commaNumber.test(value);
  return values.every(isNumber) ? values.map(numberOf) : null;
}

function numberOf(text: string): number {
  return Number(text.replace(",", "."));
}

/** Rows that are listed one by one. */
const LISTED = 20;

function listed(rows: readonly string[], separator = ", "): string {
  const more = rows.length > LISTED ? ` and ${rows.length - LISTED} more` : "";
  return rows.slice(0, LISTED).join(separator) + more;
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
