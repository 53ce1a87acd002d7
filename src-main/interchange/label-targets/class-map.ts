/**
 * @file Classes of a file as classes of the project.
 */
import type { FileClass } from "../../imaging/index.ts";
import { Problem, type ProblemFields } from "../../problem/index.ts";
import type { Project } from "../../project/index.ts";
import { decodeLabelMap, encodeLabelMap } from "../../voxels/index.ts";
import { partsOf } from "../file-names.ts";

/** A file of labels names classes that the project does not have. */
export class MissingClasses extends Problem {
  /** As the file calls them. */
  readonly names: readonly string[];

  constructor(fields: ProblemFields, names: readonly string[]) {
    super(fields);
    this.names = names;
  }
}

/** Value in the project for each value in the file. Named classes are found by name, nameless ones by value. */
export function classMap(
  project: Project,
  classes: readonly FileClass[],
  file: string,
  addClasses: boolean,
): Uint8Array {
  const own = project.classes.list();
  const values = new Uint8Array(256);
  const missing: FileClass[] = [];
  for (const each of classes) {
    const known = own.find(({ value, name }) =>
      each.name === null ? value === each.value : name.toLowerCase() === each.name.trim().toLowerCase(),
    );
    if (known === undefined) missing.push(each);
    else values[each.value] = known.value;
  }
  const nameless = missing.filter(({ name }) => name === null);
  if (missing.length > 0 && (!addClasses || nameless.length > 0)) {
    const listed = missing.map(({ name, value }) => name ?? `value ${value}`).join(", ");
    const fields: ProblemFields = {
      code: "mask-mismatch",
      title: `${partsOf(file).fileName}: it has classes that the project does not have.`,
      detail: `Missing: ${listed}; the project has ${own.map(({ name }) => name).join(", ")}.`,
      hint:
        nameless.length > 0 ? "Add the classes to the project first." : "Let the import make them, or add them first.",
    };
    throw new MissingClasses(
      fields,
      missing.flatMap(({ name }) => name ?? []),
    );
  }
  for (const { value, name, color } of missing) {
    values[value] = project.classes.add({ name: name!, ...(color === null ? {} : { color }) }).value;
  }
  return values;
}

/** A label map in run-length bytes with each value replaced by `values`. */
export function mapped(rle: Uint8Array, values: Uint8Array): Uint8Array {
  const { width, height, data } = decodeLabelMap(rle);
  return encodeLabelMap({ width, height, data: data.map((value) => values[value]!) });
}
