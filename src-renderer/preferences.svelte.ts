/** @file What the person has chosen for the window: it holds at once, and is stored in the background. */
import type { Preferences as Chosen } from "../src-main/api/contract.ts";

export const defaultPreferences: Chosen = {
  theme: "system",
  language: "system",
  tour: "new",
  notifications: "ask",
  keys: {},
  recentCommands: [],
  proposeAhead: true,
  trainingsAtOnce: 1,
};

export class Preferences {
  #chosen = $state.raw<Chosen>(defaultPreferences);
  readonly #store: (change: Partial<Chosen>) => void;

  constructor(chosen: Chosen, store: (change: Partial<Chosen>) => void) {
    this.#chosen = chosen;
    this.#store = store;
  }

  get chosen(): Chosen {
    return this.#chosen;
  }

  change(change: Partial<Chosen>): void {
    this.#chosen = { ...this.#chosen, ...change };
    this.#store(change);
  }
}
