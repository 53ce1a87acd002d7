/** @file The slices around the image in front: which of how many it is, where it lies, going through them by wheel, and the cine. */
import { tick } from "svelte";
import type { FrameRow, SliceRow } from "../../../src-main/api/contract.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { type CineLoop, type CineStep, nextCineStep } from "./cine-order.ts";

/** Slices per second. */
export const CINE_RATE = { min: 1, max: 60 };

/** The screen around it. */
interface Screen {
  /** What is on the easel; still the one before while another is fetched, so that nothing goes and comes around it. */
  shown: () => FrameRow | null;
  /** Turns to the frame. */
  go: (frameId: number) => void;
  /** Once what was turned to last is on the easel, or could not be fetched. */
  arrived: () => Promise<void>;
}

export class StackState {
  slices = $state.raw<readonly SliceRow[]>([]);
  loop = $state<CineLoop>("around");
  #rate = $state(10);
  /** The cine that plays; another one each time it is started. */
  #playing = $state.raw<symbol | null>(null);
  #loading: AbortController | null = null;
  readonly #workspace: Workspace;
  readonly #screen: Screen;

  /** Place among the slices of the frame that is shown; -1 while they are not known. */
  readonly index = $derived.by<number>(() => {
    const frameId = this.#screen.shown()?.frameId;
    return this.slices.findIndex((slice) => slice.frameId === frameId);
  });

  constructor(workspace: Workspace, screen: Screen) {
    this.#workspace = workspace;
    this.#screen = screen;
  }

  get count(): number {
    return this.slices.length;
  }
  /** Along the normal of the planes, mm; null where it is not known. */
  get position(): number | null {
    return this.slices[this.index]?.position ?? null;
  }
  /** More than one, so that there is something to go through. */
  get isStack(): boolean {
    return this.index >= 0 && this.count > 1;
  }
  /** Slices of one volume or frames of one film: the wheel goes through them. Pictures of one patient that are no such series it zooms. */
  get isWheeled(): boolean {
    return this.isStack && (this.position !== null || (this.#screen.shown()?.frameCount ?? 1) > 1);
  }

  get isPlaying(): boolean {
    return this.#playing !== null;
  }
  /** Slices per second. */
  get rate(): number {
    return this.#rate;
  }
  set rate(rate: number) {
    if (Number.isFinite(rate)) this.#rate = Math.min(CINE_RATE.max, Math.max(CINE_RATE.min, rate));
  }

  /**
   * The slices around a frame that is turned to; asks only where it is none of those known. They are put up together with its picture, by
   * `slices`: a bar that comes later moves the image under the pointer.
   */
  async around(frameId: number, signal: AbortSignal): Promise<readonly SliceRow[]> {
    if (this.slices.some((slice) => slice.frameId === frameId)) return this.slices;
    this.stop();
    return (await this.#workspace.attempt(() => this.#workspace.client.slices(frameId, signal))) ?? [];
  }

  /** Asks again for the slices around the frame that is shown: some came or went. */
  async reload(): Promise<void> {
    const frameId = this.#screen.shown()?.frameId;
    if (frameId === undefined) return;
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    const slices = await this.#workspace.attempt(() => this.#workspace.client.slices(frameId, signal));
    // Where the app does not answer the bar stays: without it the image would move under the pen.
    if (slices !== undefined && !signal.aborted && this.#screen.shown()?.frameId === frameId) this.slices = slices;
  }

  /** Id of the slice `steps` from the one that is shown; null where there is none. */
  beside(steps: number): number | null {
    return this.index < 0 ? null : (this.slices[this.index + steps]?.frameId ?? null);
  }

  /** To the slice `steps` further, not beyond the ends. */
  step(steps: number): void {
    const wanted = this.slices.findIndex(({ frameId }) => frameId === this.#workspace.frameId);
    if (wanted >= 0) this.goTo(wanted + steps);
  }

  goTo(index: number): void {
    this.stop();
    const slice = this.slices[Math.min(this.count - 1, Math.max(0, index))];
    if (slice !== undefined && slice.frameId !== this.#workspace.frameId) this.#screen.go(slice.frameId);
  }

  toggle(): void {
    if (this.isPlaying) this.stop();
    else if (this.isStack) void this.#play();
  }

  stop(): void {
    this.#playing = null;
  }

  /** No slice is skipped: one that comes late is shown late, and the next is not hurried. */
  async #play(): Promise<void> {
    const playing = Symbol("cine");
    this.#playing = playing;
    // Played once more from the end, it begins again.
    const isOver = this.loop === "once" && this.index === this.count - 1;
    let step: CineStep | null = { index: isOver ? -1 : this.index, direction: 1 };
    let due = performance.now();
    while (this.#playing === playing) {
      due = Math.max(due + 1000 / this.#rate, performance.now());
      const wait = due - performance.now();
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#playing !== playing) return;
      step = nextCineStep(step, this.count, this.loop);
      const slice = step === null ? undefined : this.slices[step.index];
      if (step === null || slice === undefined) break;
      this.#screen.go(slice.frameId);
      await tick();
      await this.#screen.arrived();
      // Not there: it could not be fetched, or the person went elsewhere.
      if (this.#screen.shown()?.frameId !== slice.frameId) break;
    }
    if (this.#playing === playing) this.stop();
  }
}
