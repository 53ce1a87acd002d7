/**
 * @file What a person has chosen for the window: theme, language, keys, commands used lately. A small JSON file in the user's
 * config folder; the browser's own storage would be lost with the port of each start.
 */
import { existsSync, readFileSync } from "node:fs";
import { Hono } from "hono";
import { z } from "zod";
import { Problem } from "../problem/index.ts";
import type { Preferences } from "./contract.ts";
import type { Session } from "./session.ts";
import { writeSettingsFile } from "./settings-file.ts";
import { validate } from "./validate.ts";

const name = z.string().max(80);
const fields = z.object({
  theme: z.enum(["system", "light", "dark"]),
  language: z.enum(["system", "en", "zh"]),
  tour: z.enum(["new", "import", "annotate", "split", "train", "synthesise", "propose", "review", "export", "ended"]),
  notifications: z.enum(["ask", "on", "off"]),
  keys: z.record(name, z.array(name).max(8)),
  recentCommands: z.array(name).max(50),
  proposeAhead: z.boolean(),
  trainingsAtOnce: z.int().min(1).max(16),
});

const defaults: Preferences = {
  theme: "system",
  language: "system",
  tour: "new",
  notifications: "ask",
  keys: {},
  recentCommands: [],
  proposeAhead: true,
  trainingsAtOnce: 1,
};

export class PreferencesFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Fields that the file lacks are the defaults; a file that cannot be read is told of in the log and counts as empty. */
  read(): Preferences {
    if (!existsSync(this.#file)) return defaults;
    try {
      return { ...defaults, ...fields.partial().parse(JSON.parse(readFileSync(this.#file, "utf8"))) };
    } catch (error) {
      console.warn("The file of preferences cannot be read; the defaults are used.", error);
      return defaults;
    }
  }

  /** Throws `Problem` when the file cannot be written. */
  change(change: Partial<Preferences>): Preferences {
    const changed = { ...this.read(), ...change };
    try {
      writeSettingsFile(this.#file, changed);
    } catch (cause) {
      throw new Problem(
        {
          code: "read-only",
          title: "The settings cannot be stored.",
          detail: "The file preferences.json in Aliquot's settings folder cannot be written.",
          hint: "They hold until the window is closed. Check the free space and the rights of your home folder.",
        },
        { cause },
      );
    }
    return changed;
  }
}

export const preferences = (session: Session) =>
  new Hono()
    .get("/", (c) => c.json(session.preferences.read()))
    .patch("/", validate("json", fields.partial()), (c) => {
      const changed = session.preferences.change(c.req.valid("json"));
      session.allowTrainings(changed.trainingsAtOnce);
      return c.json(changed);
    });
