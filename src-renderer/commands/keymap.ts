/** @file Which chords a command has: its own, unless the person chose others. */
import type { Command, Place } from "./command.ts";

/** Chords by the id of the command, where they are not the default. An empty list: no key. */
export type KeyChanges = Readonly<Record<string, readonly string[]>>;

type Keyed = Pick<Command, "id" | "keys" | "places">;

export function chordsOf({ id, keys }: Keyed, changes: KeyChanges): readonly string[] {
  return changes[id] ?? keys;
}

/** The command that a chord means in a place. */
export function commandOfChord<C extends Keyed>(
  commands: readonly C[],
  chord: string,
  place: Place,
  changes: KeyChanges,
): C | undefined {
  return commands.find((each) => each.places.includes(place) && chordsOf(each, changes).includes(chord));
}

/** Other commands that have the chord somewhere where `command` works too. */
export function conflictsOf<C extends Keyed>(
  commands: readonly C[],
  command: Keyed,
  chord: string,
  changes: KeyChanges,
): C[] {
  return commands.filter(
    (other) =>
      other.id !== command.id &&
      chordsOf(other, changes).includes(chord) &&
      other.places.some((place) => command.places.includes(place)),
  );
}

/** With `chord` as the only one of `command`; commands that it meant before in the same places lose it. */
export function rebind<C extends Keyed>(
  commands: readonly C[],
  command: Keyed,
  chord: string,
  changes: KeyChanges,
): KeyChanges {
  const taken = conflictsOf(commands, command, chord, changes).map(
    (other) => [other.id, chordsOf(other, changes).filter((each) => each !== chord)] as const,
  );
  return { ...changes, ...Object.fromEntries(taken), [command.id]: [chord] };
}

/** With the defaults of `command`; commands that took one of them lose it again. */
export function restore<C extends Keyed>(commands: readonly C[], command: Keyed, changes: KeyChanges): KeyChanges {
  let restored: KeyChanges = { ...changes, [command.id]: command.keys };
  for (const chord of command.keys) {
    for (const other of conflictsOf(commands, command, chord, restored)) {
      restored = { ...restored, [other.id]: chordsOf(other, restored).filter((each) => each !== chord) };
    }
  }
  const { [command.id]: _, ...others } = restored;
  return others;
}
