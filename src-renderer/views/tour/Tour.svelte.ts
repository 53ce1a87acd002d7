/** @file The tour: at which step the person is. It is kept in the preferences, and goes on after a new start. */
import type { Preferences } from "../../preferences.svelte.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type StepName, stepNames, steps } from "./steps.ts";

export class Tour {
  readonly #preferences: Preferences;
  readonly #workspace: Workspace;
  /** Counts the steps told: the mark takes the focus at each, but not from a window that has just opened. */
  told = $state(0);

  constructor(parts: { preferences: Preferences; workspace: Workspace }) {
    this.#preferences = parts.preferences;
    this.#workspace = parts.workspace;
  }

  /** null while it is not taken, or no project is open. */
  get step(): StepName | null {
    const { tour } = this.#preferences.chosen;
    return this.#workspace.project === null || tour === "new" || tour === "ended" ? null : tour;
  }

  get position(): number {
    return this.step === null ? 0 : stepNames.indexOf(this.step);
  }

  /** From the first step, or on from the one at which the window was closed; its mark takes the focus. */
  start(): void {
    this.#go(this.step ?? stepNames[0]);
  }

  /** Along the steps; past the last one it ends. */
  move(by: 1 | -1): void {
    const next = stepNames[this.position + by];
    if (next !== undefined) this.#go(next);
    else if (by === 1) this.leave();
  }

  leave(): void {
    this.#preferences.change({ tour: "ended" });
  }

  #go(name: StepName): void {
    this.#preferences.change({ tour: name });
    const { view, dataPart } = steps[name];
    if (dataPart !== undefined) this.#workspace.dataPart = dataPart;
    if (view !== null) this.#workspace.view = view;
    this.told++;
  }
}
