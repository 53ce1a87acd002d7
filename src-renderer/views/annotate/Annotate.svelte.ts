/**
 * @file The annotation screen: which frame is on the easel, and how its strokes reach the project.
 */
import { createLabelMap, decodeLabelMap, encodeLabelMap, type LabelMap } from "../../../src-main/voxels/index.ts";
import type { AnnotationState, ClassRow, FrameRow } from "../../../src-main/api/contract.ts";
import { proposalLayers } from "../../api/proposal-layers.ts";
import { type Sentences, sentencesOf } from "../../api/trouble.ts";
import { Easel } from "../../canvas/easel.svelte.ts";
import type { Layer } from "../../canvas/layers.svelte.ts";
import type { Preferences } from "../../preferences.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { CompareState } from "./Compare.svelte.ts";
import { filterFrames, type FrameFilter } from "./frame-filter.ts";
import { GradingState } from "./Grading.svelte.ts";
import { HeatShownState } from "./HeatShown.svelte.ts";
import { ProposingState } from "./Proposing.svelte.ts";
import { RedactingState } from "./Redacting.svelte.ts";
import type { SaveState } from "./save-queue.ts";
import { SlicesState } from "./Slices.svelte.ts";
import { StackState } from "./Stack.svelte.ts";

/** Places in the list, seen from the frame that is shown. */
const AHEAD = [1, -1, 2, 3, -2, 4, 5, -3, 6, 7, 8];

/** Who turns on sooner pages: nothing but pictures is asked for. */
const PAGING_MS = 300;

export class AnnotateState {
  readonly easel: Easel;
  readonly redacting: RedactingState;
  readonly grading: GradingState;
  readonly slices: SlicesState;
  readonly stack: StackState;
  readonly proposing: ProposingState;
  readonly heat: HeatShownState;
  /** The window that is shown is being given a name, to be kept. */
  isKeepingWindow = $state(false);
  readonly compare: CompareState;
  filter = $state<FrameFilter>({ text: "", split: "all", state: "all" });
  /** The frame on the easel; null while one is being fetched. */
  shownFrameId = $state<number | null>(null);

  /** Why frames could not be shown, by id; forgotten once they are. */
  unshown = $state.raw<Readonly<Record<number, Sentences>>>({});

  readonly #workspace: Workspace;
  #loading: AbortController | null = null;
  #turnedAt = -Infinity;
  #loaded: Promise<void> = Promise.resolve();
  #travels: Promise<void> = Promise.resolve();

  readonly frames = $derived.by<FrameRow[]>(() =>
    filterFrames(this.#workspace.frames, this.filter).filter((row) => this.grading.lists(row)),
  );
  readonly current = $derived.by<FrameRow | null>(
    () => this.#workspace.frames.find(({ frameId }) => frameId === this.#workspace.frameId) ?? null,
  );
  readonly #onEasel = $derived.by<FrameRow | null>(
    () => this.#workspace.frames.find(({ frameId }) => frameId === this.shownFrameId) ?? null,
  );
  readonly annotation = $derived.by<AnnotationState | null>(() => {
    void this.#workspace.queueChanges;
    return this.shownFrameId === null ? null : this.#workspace.queue.annotation(this.shownFrameId);
  });
  /** Of all frames: what is not stored of another one is as easily lost. */
  readonly saveState = $derived.by<SaveState>(() => {
    void this.#workspace.queueChanges;
    return this.#workspace.queue.overall;
  });

  constructor(workspace: Workspace, preferences: Preferences) {
    this.#workspace = workspace;
    this.easel = new Easel({
      classes: () => workspace.classes,
      measures: workspace.measures,
      keptWindows: () =>
        (workspace.project?.windows ?? []).filter(
          ({ modality }) => modality === null || modality === this.#onEasel?.modality,
        ),
      onStroke: () => this.#saveStroke(),
      onGesture: (tool) => {
        if (tool !== "pan" && tool !== "window") this.stack.stop();
      },
    });
    this.easel.classValue = workspace.classes[0]?.value ?? 1;
    this.stack = new StackState(workspace, {
      shown: () => this.#onEasel,
      go: (frameId) => void (workspace.frameId = frameId),
      arrived: () => this.#loaded,
    });
    this.compare = new CompareState(workspace, {
      easel: this.easel,
      shownFrameId: () => this.shownFrameId,
      sliceBeside: (steps) => this.stack.beside(steps),
    });
    const beginEdit = (): void => {
      this.easel.leave();
      this.stack.stop();
    };
    this.slices = new SlicesState(workspace, this.easel, {
      shownFrameId: () => this.shownFrameId,
      reloadMask: (frameId) => this.reloadMask(frameId),
      beginEdit,
    });
    this.proposing = new ProposingState({
      workspace,
      easel: this.easel,
      preferences,
      screen: {
        shownFrameId: () => this.shownFrameId,
        neighbors: (frameId) => this.#neighbors(frameId),
        reloadMask: (frameId) => this.reloadMask(frameId),
        isPlaying: () => this.stack.isPlaying,
        beginEdit,
      },
    });
    this.heat = new HeatShownState({
      workspace,
      easel: this.easel,
      proposing: this.proposing,
      shownFrameId: () => this.shownFrameId,
    });
    this.redacting = new RedactingState(workspace, this.easel, (frameId) => {
      this.heat.forget();
      return this.load(frameId);
    });
    this.grading = new GradingState(workspace, {
      frames: () => this.frames,
      shown: () => (this.current?.frameId === this.shownFrameId ? this.current : null),
      select: (frameId) => this.select(frameId),
      beginEdit,
    });
  }

  select(frameId: number): void {
    this.stack.stop();
    this.#workspace.frameId = frameId;
  }

  /** Nobody paints what is not seen: a hidden class is shown again. */
  async chooseClass(value: number): Promise<void> {
    this.easel.chooseClass(value);
    if (this.#workspace.classes.find((each) => each.value === value)?.isHidden === true) {
      await this.#workspace.changeClass(value, { isHidden: false });
    }
  }

  changeClass(value: number, change: Partial<Omit<ClassRow, "value">>): void {
    void this.#workspace.attempt(() => this.#workspace.changeClass(value, change));
  }

  /** To the frame `steps` further in the list as filtered. */
  step = (steps: number): void => {
    const index = this.frames.findIndex(({ frameId }) => frameId === this.#workspace.frameId);
    const next = this.frames[index < 0 ? 0 : Math.min(this.frames.length - 1, Math.max(0, index + steps))];
    if (next !== undefined) this.select(next.frameId);
  };

  /** Fetches and shows a frame; a later call overtakes an earlier one. */
  load(frameId: number | null): Promise<void> {
    return (this.#loaded = this.#load(frameId));
  }

  async #load(frameId: number | null): Promise<void> {
    this.#loading?.abort();
    this.easel.leave();
    if (frameId === null) {
      this.shownFrameId = null;
      this.stack.slices = [];
      this.easel.clear();
      void Promise.all([this.proposing.load(null), this.redacting.load(null)]);
      return;
    }
    const loading = new AbortController();
    this.#loading = loading;
    const isPaging = performance.now() - this.#turnedAt < PAGING_MS;
    this.#turnedAt = performance.now();
    this.easel.isPaintable = false;
    const { client, frameCache, queue } = this.#workspace;
    const { signal } = loading;
    try {
      const [frame, bytes, slices] = await Promise.all([
        frameCache.frame(frameId, signal),
        queue.latest(frameId, () => client.mask(frameId, signal)),
        this.stack.around(frameId, signal),
      ]);
      if (signal.aborted) return;
      this.easel.show(frame, this.#labelsOf(queue.unsavedBytes(frameId) ?? bytes, frame), {
        caseId: this.current?.caseId ?? null,
        frameId,
      });
      void Promise.all([this.proposing.load(null), this.redacting.load(null)]);
      this.stack.slices = slices;
      this.shownFrameId = frameId;
      this.easel.isPaintable = !this.#workspace.isReadOnly;
      frameCache.fetchAhead(this.#neighbors(frameId));
      const { [frameId]: _, ...others } = this.unshown;
      this.unshown = others;
    } catch (error) {
      if (signal.aborted) return;
      // Not the picture before: it would be taken for this one.
      this.shownFrameId = null;
      this.easel.clear();
      void this.proposing.load(null);
      this.unshown = { ...this.unshown, [frameId]: sentencesOf(error) };
    }
    if (!signal.aborted) void this.#loadAround(frameId, isPaging, signal);
  }

  /** What lies over the picture and beside it, which need not wait for that; while somebody pages through a series, the other way round. */
  async #loadAround(frameId: number, isPaging: boolean, signal: AbortSignal): Promise<void> {
    if (isPaging) await new Promise((resolve) => setTimeout(resolve, PAGING_MS));
    if (signal.aborted) return;
    if (this.shownFrameId === frameId) void Promise.all([this.proposing.load(frameId), this.redacting.load(frameId)]);
    await this.loadLayers(signal);
  }

  /** What models proposed for the image that is shown. */
  async loadLayers(signal: AbortSignal): Promise<void> {
    const { current } = this;
    if (current === null || current.frameId !== this.shownFrameId) return;
    if (current.proposal === null) {
      this.#showLayers([]);
      if (this.proposing.proposal === null) this.easel.confidence = null;
      return;
    }
    await this.#workspace.attempt(async () => {
      const { layers, confidence } = await proposalLayers(this.#workspace.client, current.frameId, signal);
      const { frame } = this.easel;
      if (signal.aborted || frame === null || this.shownFrameId !== current.frameId) return;
      this.#showLayers(layers.map(({ kind, bytes }) => ({ kind, labels: this.#labelsOf(bytes, frame) })));
      this.easel.confidence = confidence;
    });
  }

  /** The proposal that waits is put up by `proposing`, which knows its corrections. */
  #showLayers(layers: readonly Layer[]): void {
    const { labels } = this.easel.proposal;
    const rest = layers.filter(({ kind }) => kind !== "proposal");
    this.easel.layers.show(labels === null ? rest : [...rest, { kind: "proposal", labels }]);
  }

  /** Why the chosen frame is not on the easel; null if it is, or is on its way. */
  get trouble(): Sentences | null {
    const { frameId } = this.#workspace;
    return frameId === null || frameId === this.shownFrameId ? null : (this.unshown[frameId] ?? null);
  }

  /** Frames likely to be opened next, the likeliest first: in the list as filtered, more after than before. */
  #neighbors(frameId: number): number[] {
    const index = this.frames.findIndex((row) => row.frameId === frameId);
    if (index < 0) return [];
    return AHEAD.flatMap((steps) => this.frames[index + steps]?.frameId ?? []);
  }

  /** Shows what the app holds, e.g. after somebody else changed it. */
  async reloadMask(frameId: number): Promise<void> {
    const { client, queue } = this.#workspace;
    await this.#workspace.attempt(async () => {
      const bytes = await queue.latest(frameId, async () => {
        const fetched = await client.mask(frameId);
        // Drawn on what was shown until now, and stored as such.
        if (this.shownFrameId === frameId) this.easel.leave();
        return fetched;
      });
      const { frame } = this.easel;
      if (this.shownFrameId === frameId && frame !== null) this.easel.replaceLabels(this.#labelsOf(bytes, frame));
    });
  }

  // One after the other: keys pressed faster than the app answers all count.
  undo = (): Promise<void> => (this.#travels = this.#travels.then(() => this.#travel("undo")));
  redo = (): Promise<void> => (this.#travels = this.#travels.then(() => this.#travel("redo")));

  get canUndo(): boolean {
    return !this.#workspace.isReadOnly && (this.annotation?.canUndo === true || !this.#isStored);
  }
  get canRedo(): boolean {
    return !this.#workspace.isReadOnly && this.annotation?.canRedo === true && this.#isStored;
  }
  /** Of the frame that is shown: a stroke of another one on its way must not cost a redo here. */
  get #isStored(): boolean {
    void this.#workspace.queueChanges;
    return this.shownFrameId === null || this.#workspace.queue.state(this.shownFrameId).kind === "saved";
  }

  #labelsOf(bytes: Uint8Array, { width, height }: { width: number; height: number }): LabelMap {
    return bytes.length === 0 ? createLabelMap(width, height) : decodeLabelMap(bytes, { width, height });
  }

  #saveStroke(): void {
    const { labels } = this.easel;
    if (this.shownFrameId === null || labels === null || this.#workspace.project === null) return;
    this.stack.stop();
    void this.#workspace.queue.pushStroke(this.shownFrameId, encodeLabelMap(labels));
  }

  /** Painting waits meanwhile: a stroke on top of pixels that are about to go would bring them back. */
  async #travel(direction: "undo" | "redo"): Promise<void> {
    const frameId = this.shownFrameId;
    this.easel.leave();
    if (frameId === null || !(direction === "undo" ? this.canUndo : this.canRedo)) return;
    if (this.#workspace.queue.overall.kind === "failed") {
      const before = direction === "undo" ? this.#workspace.queue.takeBack(frameId) : null;
      const { frame } = this.easel;
      if (before !== null && frame !== null) {
        this.easel.replaceLabels(this.#labelsOf(before, frame));
        return;
      }
      this.#workspace.notices.add({ tone: "trouble", title: texts.saving.undoWaits });
      return;
    }
    this.stack.stop();
    this.easel.isPaintable = false;
    // An action on several frames is undone on all of them: none may have strokes on the way.
    await this.#workspace.queue.settled();
    const annotation = await this.#workspace.queue[direction](frameId);
    if (annotation !== null) {
      await this.reloadMask(frameId);
      await this.proposing.reload();
    }
    if (annotation?.group !== undefined) {
      const { frameIds, kept } = annotation.group;
      this.#workspace.notices.add({ tone: "news", title: texts.annotate.slices[direction](frameIds.length, kept) });
    }
    if (this.shownFrameId === frameId) this.easel.isPaintable = !this.#workspace.isReadOnly;
  }
}
