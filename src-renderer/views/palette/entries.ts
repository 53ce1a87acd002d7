/** @file What the palette offers: commands that are available now, classes, and images by name. */
import { commands } from "../../commands/index.ts";
import type { Desk } from "../../desk.svelte.ts";
import type { Texts } from "../../texts/index.ts";
import { fuzzyScore } from "./fuzzy.ts";

export interface Entry {
  /** Kept as used lately. Images and classes belong to a project and are not. */
  id: string | null;
  kind: "command" | "image" | "class";
  title: string;
  keys: readonly string[];
  run: () => void;
}

/** More could not be looked through anyway. */
const MAX_ENTRIES = 50;

/** Best match first; without anything typed, what was used lately, then all commands in their order. */
export function entriesOf(desk: Desk, t: Texts, typed: string): Entry[] {
  const offered = [...commandEntries(desk, t), ...classEntries(desk, t)];
  if (typed.trim() === "") {
    const { recentCommands } = desk.preferences.chosen;
    const rank = ({ id }: Entry): number => {
      const index = id === null ? -1 : recentCommands.indexOf(id);
      return index < 0 ? recentCommands.length : index;
    };
    return offered.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_ENTRIES);
  }
  return [...offered.map((entry) => ({ entry, score: fuzzyScore(typed, entry.title) })), ...imageEntries(desk, typed)]
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => b.score! - a.score!)
    .slice(0, MAX_ENTRIES)
    .map(({ entry }) => entry);
}

/** Classes stand there by name, not by number. */
function commandEntries(desk: Desk, t: Texts): Entry[] {
  return commands
    .filter(({ id, places }) => places.includes(desk.place) && !/^class\.\d$/.test(id) && id !== "app.palette")
    .filter((command) => command.isAvailable(desk))
    .map(({ id, title, run }) => ({
      id,
      kind: "command",
      title: title(t),
      keys: desk.keysOf(id),
      run: () => run(desk),
    }));
}

function classEntries(desk: Desk, t: Texts): Entry[] {
  const chosen = commands.filter(({ id }) => /^class\.\d$/.test(id));
  return desk.workspace.classes.flatMap(({ name }, index): Entry[] => {
    const command = chosen[index];
    if (command === undefined || !command.places.includes(desk.place) || !command.isAvailable(desk)) return [];
    const title = `${t.palette.kinds.class}: ${name}`;
    return [{ id: null, kind: "class", title, keys: desk.keysOf(command.id), run: () => command.run(desk) }];
  });
}

/** Names that hold what was typed as it is: in many names loose letters would be found everywhere. */
function imageEntries({ workspace }: Desk, typed: string): { entry: Entry; score: number }[] {
  const wanted = typed.trim().toLowerCase();
  const found: { entry: Entry; score: number }[] = [];
  for (const { frameId, name } of workspace.frames) {
    if (!name.toLowerCase().includes(wanted)) continue;
    const run = (): void => {
      workspace.frameId = frameId;
      workspace.view = "annotate";
    };
    const score = 3 * wanted.length - name.length * 0.02;
    found.push({ entry: { id: null, kind: "image", title: name, keys: [], run }, score });
    if (found.length === MAX_ENTRIES) break;
  }
  return found;
}
