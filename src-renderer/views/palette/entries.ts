/** @file What the palette offers: commands that are available now, classes, and images by name. */
import { commands } from "../../commands/index.ts";
import type { Desk } from "../../desk.svelte.ts";
import { catalogues, type Texts } from "../../texts/index.ts";
import { fuzzyScore } from "./fuzzy.ts";

export interface Entry {
  /** Kept as used lately. Images and classes belong to a project and are not. */
  id: string | null;
  title: string;
  /** By which it is found as well: in any language a command is found by its English name, which guides and papers use. */
  otherTitle: string | null;
  /** Under which heading it is listed. */
  group: string;
  keys: readonly string[];
  run: () => void;
}

/** Of what was typed; more could not be looked through anyway. */
const MAX_FOUND = 50;
/** Of what was used lately, while nothing is typed. */
const MAX_RECENT = 5;

/** Best match first; without anything typed, what was used lately, then all commands in their order, by group. */
export function entriesOf(desk: Desk, t: Texts, typed: string): Entry[] {
  const offered = [...commandEntries(desk, t), ...classEntries(desk, t)];
  if (typed.trim() === "") {
    const byGroup = Object.values(Object.groupBy(offered, ({ group }) => group));
    return [...recentEntries(desk, t, offered), ...byGroup.flatMap((entries) => entries ?? [])];
  }
  return [...offered.map((entry) => ({ entry, score: scoreOf(entry, typed) })), ...imageEntries(desk, t, typed)]
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => b.score! - a.score!)
    .slice(0, MAX_FOUND)
    .map(({ entry }) => entry);
}

function scoreOf({ title, otherTitle }: Entry, typed: string): number | null {
  const scores = [fuzzyScore(typed, title), otherTitle === null ? null : fuzzyScore(typed, otherTitle)];
  return scores.reduce((best, each) => (best === null || (each !== null && each > best) ? each : best));
}

/** The latest first, once more than in their group. */
function recentEntries(desk: Desk, t: Texts, offered: readonly Entry[]): Entry[] {
  return desk.preferences.chosen.recentCommands
    .flatMap((id) => offered.find((entry) => entry.id === id) ?? [])
    .slice(0, MAX_RECENT)
    .map((entry) => ({ ...entry, group: t.palette.recent }));
}

/** Classes stand there by name, not by number. */
function commandEntries(desk: Desk, t: Texts): Entry[] {
  return commands
    .filter(({ id, places }) => places.includes(desk.place) && !/^class\.\d$/.test(id) && id !== "app.palette")
    .filter((command) => command.isAvailable(desk))
    .map(({ id, title, group, run }) => ({
      id,
      title: title(t),
      otherTitle: t === catalogues.en ? null : title(catalogues.en),
      group: t.settings.groups[group],
      keys: desk.keysOf(id),
      run: () => run(desk),
    }));
}

function classEntries(desk: Desk, t: Texts): Entry[] {
  const chosen = commands.filter(({ id }) => /^class\.\d$/.test(id));
  return desk.workspace.classes.flatMap(({ name }, index): Entry[] => {
    const command = chosen[index];
    if (command === undefined || !command.places.includes(desk.place) || !command.isAvailable(desk)) return [];
    const group = t.settings.groups.classes;
    return [
      { id: null, title: name, otherTitle: null, group, keys: desk.keysOf(command.id), run: () => command.run(desk) },
    ];
  });
}

/** Names that hold what was typed as it is: in many names loose letters would be found everywhere. */
function imageEntries({ workspace }: Desk, t: Texts, typed: string): { entry: Entry; score: number }[] {
  const wanted = typed.trim().toLowerCase();
  const found: { entry: Entry; score: number }[] = [];
  for (const { frameId, name } of workspace.frames) {
    if (!name.toLowerCase().includes(wanted)) continue;
    const run = (): void => {
      workspace.frameId = frameId;
      workspace.view = "annotate";
    };
    const score = 3 * wanted.length - name.length * 0.02;
    found.push({ entry: { id: null, title: name, otherTitle: null, group: t.palette.image, keys: [], run }, score });
    if (found.length === MAX_FOUND) break;
  }
  return found;
}
