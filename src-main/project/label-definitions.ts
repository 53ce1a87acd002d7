/**
 * @file What can be said of whole images or patients: the name of a label, its classes or grades in order, or the unit and range of its
 * number.
 */
import type { LabelDefinition, LabelValue } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { ProjectFile } from "./file.ts";
import { badRequest, found } from "./trouble.ts";

const MAX_LENGTH = 100;
const MAX_UNIT_LENGTH = 20;
const MAX_OPTIONS = 1000;

export type NewLabelDefinition = Pick<LabelDefinition, "name" | "kind"> & {
  [Name in keyof Omit<LabelDefinition, "labelId" | "name" | "kind">]?: LabelDefinition[Name] | undefined;
};
export type LabelDefinitionChange = {
  [Name in keyof Omit<LabelDefinition, "labelId" | "scope">]?: LabelDefinition[Name] | undefined;
};

type Row = Omit<LabelDefinition, "options" | "thresholds"> & { options: string; thresholds: string };

const columns = "id AS labelId, name, kind, scope, options, thresholds, unit, minimum, maximum";

export class LabelDefinitions {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** In the order in which they were made. */
  list(): LabelDefinition[] {
    return this.#file.all<Row>(`SELECT ${columns} FROM label_definition ORDER BY id`).map(definition);
  }

  get(labelId: number): LabelDefinition {
    const row = this.#file.get<Row>(`SELECT ${columns} FROM label_definition WHERE id = ?`, labelId);
    return definition(found(row, "label", labelId));
  }

  /** Upper and lower case are the same. */
  find(name: string): LabelDefinition | null {
    const wanted = name.trim().toLowerCase();
    return this.list().find((each) => each.name.toLowerCase() === wanted) ?? null;
  }

  add({ scope = "image", options = [], thresholds = [], ...of }: NewLabelDefinition) {
    return this.#file.edit("add a label", ["labels"], (): LabelDefinition => {
      const { unit = null, minimum = null, maximum = null, name, kind } = of;
      const added = this.#checked({ labelId: 0, name, kind, scope, options, thresholds, unit, minimum, maximum });
      const { id } = this.#file.run(
        "INSERT INTO label_definition (name, kind, scope, options, thresholds, unit, minimum, maximum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        added.name,
        added.kind,
        added.scope,
        JSON.stringify(added.options),
        JSON.stringify(added.thresholds),
        added.unit,
        added.minimum,
        added.maximum,
      );
      return { ...added, labelId: id };
    });
  }

  /**
   * Classes become grades and back; numbers stay numbers. Options that were ever said stay, for undo may bring them back; a narrower range
   * leaves out no number that was ever said. A threshold is one of the grades: who takes its grade away says what becomes of it.
   */
  change(labelId: number, change: LabelDefinitionChange): LabelDefinition {
    return this.#file.edit("change a label", ["labels"], () => {
      const present = this.get(labelId);
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      const changed = this.#checked({ ...present, ...given });
      if ((changed.kind === "number") !== (present.kind === "number")) {
        throw badRequest(`${present.name}: a label of classes cannot become one of numbers, nor the other way round.`);
      }
      for (const value of this.#everSaid(labelId)) checkValue(changed, value);
      this.#file.run(
        "UPDATE label_definition SET name = ?, kind = ?, options = ?, thresholds = ?, unit = ?, minimum = ?, maximum = ? WHERE id = ?",
        changed.name,
        changed.kind,
        JSON.stringify(changed.options),
        JSON.stringify(changed.thresholds),
        changed.unit,
        changed.minimum,
        changed.maximum,
        labelId,
      );
      return changed;
    });
  }

  #everSaid(labelId: number): LabelValue[] {
    return this.#file
      .all<{
        value: LabelValue;
      }>(
        `SELECT DISTINCT coalesce(class_name, number) AS value FROM label_entry
         WHERE definition_id = ? AND (class_name IS NOT NULL OR number IS NOT NULL)`,
        labelId,
      )
      .map(({ value }) => value);
  }

  #checked(given: LabelDefinition): LabelDefinition {
    const name = given.name.trim();
    if (name === "" || name.length > MAX_LENGTH)
      throw badRequest(`A label needs a name of 1 to ${MAX_LENGTH} letters.`);
    const sameName = this.find(name);
    if (sameName !== null && sameName.labelId !== given.labelId) {
      throw new Problem({
        code: "conflict",
        title: `There is already a label named ${sameName.name}.`,
        hint: "Choose another name.",
      });
    }
    const checked = given.kind === "number" ? checkedNumber({ ...given, name }) : checkedOptions({ ...given, name });
    return { ...checked, thresholds: checkedThresholds(checked) };
  }
}

/** Throws `Problem` unless the label may have this value. */
export function checkValue({ name, kind, options, unit, minimum, maximum }: LabelDefinition, value: LabelValue): void {
  if (kind !== "number") {
    if (typeof value === "string" && options.includes(value)) return;
    throw badRequest(
      `${name}: "${value}" is none of its ${kind === "grade" ? "grades" : "classes"}.`,
      options.join(", "),
    );
  }
  if (typeof value !== "number" || !Number.isFinite(value))
    throw badRequest(`${name}: "${value}" is no finite number.`);
  if ((minimum !== null && value < minimum) || (maximum !== null && value > maximum)) {
    const range =
      minimum === null ? `at most ${maximum}` : maximum === null ? `at least ${minimum}` : `${minimum} to ${maximum}`;
    throw badRequest(`${name}: ${value} is out of range.`, `Expected ${range}${unit === null ? "" : ` ${unit}`}.`);
  }
}

function checkedNumber(given: LabelDefinition): LabelDefinition {
  const { name, minimum, maximum } = given;
  if (given.options.length > 0) throw badRequest(`${name}: a label of numbers has no classes.`);
  for (const bound of [minimum, maximum]) {
    if (bound !== null && !Number.isFinite(bound)) throw badRequest(`${name}: the range needs finite numbers.`);
  }
  if (minimum !== null && maximum !== null && minimum >= maximum) {
    throw badRequest(`${name}: the lowest number, ${minimum}, is not below the highest, ${maximum}.`);
  }
  const unit = given.unit?.trim() ?? "";
  if (unit.length > MAX_UNIT_LENGTH) throw badRequest(`${name}: a unit has at most ${MAX_UNIT_LENGTH} letters.`);
  return { ...given, unit: unit === "" ? null : unit };
}

function checkedOptions(given: LabelDefinition): LabelDefinition {
  const { name } = given;
  if (given.unit !== null || given.minimum !== null || given.maximum !== null) {
    throw badRequest(`${name}: only numbers have a unit and a range.`);
  }
  const options = given.options.map((option) => option.trim());
  if (options.length === 0 || options.length > MAX_OPTIONS) {
    throw badRequest(`${name}: expected 1 to ${MAX_OPTIONS} classes, got ${options.length}.`);
  }
  if (options.some((option) => option === "" || option.length > MAX_LENGTH)) {
    throw badRequest(`${name}: classes have names of 1 to ${MAX_LENGTH} letters.`);
  }
  const twice = options.find((option, index) => options.indexOf(option) < index);
  if (twice !== undefined) throw badRequest(`${name}: the class ${twice} is there twice.`);
  return { ...given, options };
}

/** In the order of the grades. */
function checkedThresholds({ name, kind, options, thresholds }: LabelDefinition): string[] {
  if (thresholds.length === 0) return [];
  if (kind !== "grade") throw badRequest(`${name}: only grades in order have thresholds.`);
  const places = thresholds.map((threshold) => {
    const place = options.indexOf(threshold.trim());
    if (place > 0) return place;
    throw place < 0
      ? badRequest(`${name}: the threshold "${threshold}" is none of its grades.`, options.join(", "))
      : badRequest(`${name}: every grade is "${threshold}" or higher, so it is no threshold.`, "Name a higher grade.");
  });
  return [...new Set(places)].sort((a, b) => a - b).map((place) => options[place]!);
}

function definition({ options, thresholds, ...row }: Row): LabelDefinition {
  return { ...row, options: JSON.parse(options) as string[], thresholds: JSON.parse(thresholds) as string[] };
}
