/** @file The hour by which the training in the form is to end, and the steps that were chosen for it. */
import type { FittedTraining } from "../../../src-main/api/contract.ts";
import type { RunRequest } from "../../api/requests.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export class FinishBy {
  /** "07:00"; empty: it ends when it ends. */
  hour = $state("");
  isTiming = $state(false);
  #fitted = $state.raw<{ fitted: FittedTraining; hour: string; method: string } | null>(null);
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** What was chosen, as long as the form still says so. */
  chosen({ methodId, values }: { methodId: string; values: RunRequest["settings"] }): FittedTraining | null {
    const kept = this.#fitted;
    if (kept === null || kept.method !== methodId || kept.hour !== this.hour) return null;
    return Object.entries(kept.fitted.settings).every(([key, value]) => values[key] === value) ? kept.fitted : null;
  }

  /** Times a few steps; undefined after trouble, which is told. */
  async fit(request: RunRequest): Promise<FittedTraining | undefined> {
    const { hour } = this;
    this.isTiming = true;
    const fitted = await this.#workspace.attempt(() => this.#workspace.client.fitRun(request, hour));
    this.isTiming = false;
    if (fitted !== undefined) this.#fitted = { fitted, hour, method: request.method };
    return fitted;
  }

  cancel = (): Promise<unknown> => this.#workspace.attempt(() => this.#workspace.client.cancelFit());
}
