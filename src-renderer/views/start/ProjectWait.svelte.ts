/** @file The wait for a project that is being opened: told only when it is longer than a person waits without a word. */
import type { OpeningProgress, ProjectSummary } from "../../../src-main/api/contract.ts";
import { RequestRefused } from "../../api/trouble.ts";

/** Shorter waits need no word (milliseconds). */
const UNTOLD_MS = 400;
const NO_WORD: OpeningProgress = { name: "", counts: "bytes", done: 0, total: 0, secondsLeft: null };

export class ProjectWait {
  /** The latest word of a project being opened, perhaps by another window; it may be open since. */
  #word = $state.raw<OpeningProgress | null>(null);
  /** This window waits for a project for longer than a person does without a word. */
  #isSlow = $state(false);

  /** What this window waits for before it shows a project; null: nothing, or not for long. */
  readonly progress = $derived(this.#isSlow ? (this.#word ?? NO_WORD) : null);

  /** The app says how far it is. */
  note(progress: OpeningProgress): void {
    this.#word = progress;
  }

  /** The project, once it is open; null: the person did not want to wait. */
  async for(open: () => Promise<ProjectSummary>): Promise<ProjectSummary | null> {
    this.#word = null;
    const slow = setTimeout(() => void (this.#isSlow = true), UNTOLD_MS);
    try {
      return await open();
    } catch (error) {
      if (error instanceof RequestRefused && error.problem?.code === "cancelled") return null;
      throw error;
    } finally {
      clearTimeout(slow);
      this.#isSlow = false;
    }
  }
}
