/**
 * @file Label classes: what a value in a label map means. Values are given once and never reused.
 */
import type { ClassRow, LabelClass } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { ProjectFile } from "./file.ts";
import { badRequest, found } from "./trouble.ts";

/** Told apart with the common color blindnesses, on grey. Okabe & Ito 2008, without black and grey. */
const palette = ["#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2"];
const MAX_CLASSES = 255;
const MAX_NAME_LENGTH = 100;

export type ClassChange = { [Name in keyof Omit<ClassRow, "value">]?: ClassRow[Name] | undefined };

export class Classes {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** By value. */
  list(): LabelClass[] {
    return this.#file.all("SELECT value, name, color FROM label_class ORDER BY value");
  }

  /** By value, with how they are treated on screen. */
  rows(): ClassRow[] {
    return this.#file
      .all<LabelClass & { isLocked: number; isHidden: number }>(
        "SELECT value, name, color, is_locked AS isLocked, is_hidden AS isHidden FROM label_class ORDER BY value",
      )
      .map((row) => ({ ...row, isLocked: row.isLocked === 1, isHidden: row.isHidden === 1 }));
  }

  /** Takes the next free value. */
  add({ name, color }: { name: string; color?: string | undefined }): ClassRow {
    return this.#file.edit("add a class", ["project"], () => {
      const { last } = this.#file.get<{ last: number }>("SELECT coalesce(max(value), 0) AS last FROM label_class")!;
      if (last === MAX_CLASSES) throw badRequest("There are already 255 classes; a label map holds no more.");
      const added = {
        value: last + 1,
        name: this.#checkedName(name, last + 1),
        color: color === undefined ? palette[last % palette.length]! : checkedColor(color),
        isLocked: false,
        isHidden: false,
      };
      this.#file.run(
        "INSERT INTO label_class (value, name, color) VALUES (?, ?, ?)",
        added.value,
        added.name,
        added.color,
      );
      return added;
    });
  }

  change(value: number, { name, color, isLocked, isHidden }: ClassChange): ClassRow {
    return this.#file.edit("change a class", ["project"], () => {
      const present = found(
        this.rows().find((labelClass) => labelClass.value === value),
        "class",
        value,
      );
      const changed = {
        value,
        name: name === undefined ? present.name : this.#checkedName(name, value),
        color: color === undefined ? present.color : checkedColor(color),
        isLocked: isLocked ?? present.isLocked,
        isHidden: isHidden ?? present.isHidden,
      };
      this.#file.run(
        "UPDATE label_class SET name = ?, color = ?, is_locked = ?, is_hidden = ? WHERE value = ?",
        changed.name,
        changed.color,
        Number(changed.isLocked),
        Number(changed.isHidden),
        value,
      );
      return changed;
    });
  }

  #checkedName(name: string, value: number): string {
    const trimmed = name.trim();
    if (trimmed === "" || trimmed.length > MAX_NAME_LENGTH) {
      throw badRequest(`A class needs a name of 1 to ${MAX_NAME_LENGTH} letters.`);
    }
    const isTaken = this.list().some(
      (other) => other.value !== value && other.name.toLowerCase() === trimmed.toLowerCase(),
    );
    if (isTaken) {
      throw new Problem({
        code: "conflict",
        title: `There is already a class named ${trimmed}.`,
        hint: "Choose another name.",
      });
    }
    return trimmed;
  }
}

function checkedColor(color: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw badRequest("A color is written as #rrggbb.");
  return color.toLowerCase();
}
