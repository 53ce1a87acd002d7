/** @file Display windows under names that people gave them: part of the project, they go where its file goes. */
import type { KeptWindow, NewKeptWindow } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { ProjectFile } from "./file.ts";
import { badRequest, found } from "./trouble.ts";

/** More no menu holds. */
const MAX_WINDOWS = 100;
const MAX_NAME_LENGTH = 60;

const COLUMNS = "id AS windowId, modality, name, center, width, function";

export class KeptWindows {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** By name. */
  list(): KeptWindow[] {
    return this.#file.all<KeptWindow>(`SELECT ${COLUMNS} FROM kept_window ORDER BY name`);
  }

  /** Throws `Problem` "bad-request" (name, numbers, too many) or "conflict" (the name is taken). */
  add({ name, modality, center, width, function: kind }: NewKeptWindow): KeptWindow {
    return this.#file.edit("keep a window", ["project"], () => {
      const trimmed = name.trim();
      if (trimmed === "" || trimmed.length > MAX_NAME_LENGTH) {
        throw badRequest(`A window needs a name of 1 to ${MAX_NAME_LENGTH} letters.`);
      }
      // DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.2.
      const least = kind === "LINEAR" ? 1 : Number.MIN_VALUE;
      if (!Number.isFinite(center) || !Number.isFinite(width) || width < least) {
        throw badRequest("A window needs a center and a width above 0, for a linear window of at least 1.");
      }
      const present = this.list();
      if (present.length >= MAX_WINDOWS) {
        throw badRequest(
          `The project keeps ${MAX_WINDOWS} windows already.`,
          undefined,
          "Remove one that is not used.",
        );
      }
      if (present.some((other) => other.name.toLowerCase() === trimmed.toLowerCase())) {
        throw new Problem({
          code: "conflict",
          title: `There is already a window named ${trimmed}.`,
          hint: "Choose another name, or remove that window first.",
        });
      }
      const { id } = this.#file.run(
        "INSERT INTO kept_window (modality, name, center, width, function) VALUES (?, ?, ?, ?, ?)",
        modality,
        trimmed,
        center,
        width,
        kind,
      );
      return this.#get(id);
    });
  }

  remove(windowId: number): void {
    this.#file.edit("remove a window", ["project"], () => {
      this.#get(windowId);
      this.#file.run("DELETE FROM kept_window WHERE id = ?", windowId);
    });
  }

  #get(windowId: number): KeptWindow {
    return found(
      this.#file.get<KeptWindow>(`SELECT ${COLUMNS} FROM kept_window WHERE id = ?`, windowId),
      "window",
      windowId,
    );
  }
}
