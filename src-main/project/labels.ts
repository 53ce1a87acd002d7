/**
 * @file Labels of whole images: a class (diagnosis, view) or a number (age, score) under a name. What was said before stays in the
 * file; the newest counts.
 */
import type { ProjectFile } from "./file.ts";
import { badRequest, found } from "./trouble.ts";

export type LabelValue = { className: string; number: null } | { className: null; number: number };

export type ImageLabel = LabelValue & { imageId: number; name: string };

const MAX_LENGTH = 100;

export class Labels {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** By image, then name. */
  list(): ImageLabel[] {
    return this.#file.all(
      `SELECT image_id AS imageId, name, class_name AS className, number FROM image_label
       WHERE id IN (SELECT max(id) FROM image_label GROUP BY image_id, name) ORDER BY image_id, name`,
    );
  }

  /** In use, sorted. */
  names(): string[] {
    return this.#file
      .all<{ name: string }>("SELECT DISTINCT name FROM image_label ORDER BY name")
      .map(({ name }) => name);
  }

  get(imageId: number, name: string): ImageLabel | null {
    return (
      this.#file.get<ImageLabel>(
        `SELECT image_id AS imageId, name, class_name AS className, number FROM image_label
         WHERE image_id = ? AND name = ? ORDER BY id DESC LIMIT 1`,
        imageId,
        name,
      ) ?? null
    );
  }

  /** Returns false when the image has just this label already. */
  set(imageId: number, name: string, { className, number }: LabelValue): boolean {
    for (const text of [name, className ?? "-"]) {
      if (text.trim() === "" || text.length > MAX_LENGTH) {
        throw badRequest(`Labels and their names have 1 to ${MAX_LENGTH} letters.`);
      }
    }
    if (number !== null && !Number.isFinite(number)) throw badRequest(`The label ${name} is not a finite number.`);
    return this.#file.edit("label an image", ["frames"], () => {
      found(this.#file.get("SELECT 1 FROM image WHERE id = ?", imageId), "image", imageId);
      const present = this.get(imageId, name);
      if (present !== null && present.className === className && present.number === number) return false;
      this.#file.run(
        "INSERT INTO image_label (image_id, name, class_name, number, created_at) VALUES (?, ?, ?, ?, ?)",
        imageId,
        name,
        className,
        number,
        new Date().toISOString(),
      );
      return true;
    });
  }
}
