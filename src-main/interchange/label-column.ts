/**
 * @file Titles of the columns of label tables: "age", "grade:class", "severity:grade(mild<severe)", "dr:grade(0<1<2<3<4;2)" with thresholds behind the grades, "size:number(mm;0;30)", each with ":patient"
 * behind where it tells of patients. What is in brackets is percent-encoded where it holds signs of this notation. "age:origin" and "age:model" say where what
 * stands under "age" came from.
 */
import type { LabelDefinition } from "../api/contract.ts";

export interface LabelColumn {
  name: string;
  /** Null where the title does not say: the values tell. */
  kind: LabelDefinition["kind"] | null;
  scope: LabelDefinition["scope"] | null;
  /** Of grades; null where the title does not list them. */
  options: string[] | null;
  /** Of grades; empty where the title names none. */
  thresholds: string[];
  unit: string | null;
  minimum: number | null;
  maximum: number | null;
}

export function labelColumnTitle({ name, kind, scope, options, thresholds, ...of }: LabelDefinition): string {
  const { unit, minimum, maximum } = of;
  const rules =
    kind === "grade"
      ? [options.map(encoded).join("<"), ...thresholds.map(encoded)].join(";")
      : unit === null && minimum === null && maximum === null
        ? ""
        : [encoded(unit ?? ""), minimum ?? "", maximum ?? ""].join(";");
  return `${name}:${kind}${rules === "" ? "" : `(${rules})`}${scope === "patient" ? ":patient" : ""}`;
}

/** A title that is no such notation is the name of a label. Null: what is in its brackets cannot be read. */
export function readLabelColumn(title: string): LabelColumn | null {
  const plain = { options: null, thresholds: [], unit: null, minimum: null, maximum: null };
  const parts = /^(.*?)(?::(class|grade|number)(?:\(([^()]*)\))?)?(:patient)?$/.exec(title);
  const [, name, kind, rules, patient] = parts!;
  const column: LabelColumn = {
    ...plain,
    name: name!.trim(),
    kind: (kind as LabelColumn["kind"] | undefined) ?? null,
    scope: patient === undefined ? null : "patient",
  };
  if (rules === undefined) return column;
  if (kind === "class") return null;
  try {
    if (kind === "grade") {
      const [grades = "", ...thresholds] = rules.split(";");
      const options = grades.split("<").map(decodeURIComponent);
      return { ...column, options, thresholds: thresholds.map(decodeURIComponent) };
    }
    const [unit = "", ...bounds] = rules.split(";");
    if (bounds.length > 2) return null;
    const [minimum = null, maximum = null] = bounds.map((bound) => (bound === "" ? null : Number(bound)));
    if (Number.isNaN(minimum) || Number.isNaN(maximum)) return null;
    return { ...column, unit: unit === "" ? null : decodeURIComponent(unit), minimum, maximum };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** Titles of the columns that say where the values of a label came from. */
export const originColumnTitles = ({ name }: Pick<LabelDefinition, "name">): [string, string] => [
  `${name}:origin`,
  `${name}:model`,
];

/** Whether a column says where the values of another one came from: of `titles`, those of the table. */
export function isOriginColumn(title: string, titles: readonly string[]): boolean {
  const [, name] = /^(.*):(?:origin|model)$/.exec(title) ?? [];
  return name !== undefined && titles.some((other) => other !== title && readLabelColumn(other)?.name === name);
}

function encoded(text: string): string {
  return text.replace(/[%<;()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
