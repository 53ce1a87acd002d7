/**
 * @file Labels of whole images and patients on the annotation screen: which one is being said, what is said of the image in front, and the
 * grading mode, in which keys choose values.
 */
import type { FrameRow, LabelDefinition, LabelHistory, LabelValue } from "../../../src-main/api/contract.ts";
import type { LabelRules } from "../../api/requests.ts";
import type { Workspace } from "../../workspace.svelte.ts";
import { fetchLabelValues, type LabelValues, noLabelValues } from "./label-values.ts";

/** The screen around it. */
interface Screen {
  /** The list as filtered. */
  frames: () => readonly FrameRow[];
  /** Null while it is not on the easel yet: nobody grades what is not seen. */
  shown: () => FrameRow | null;
  select: (frameId: number) => void;
  /** Something is about to be changed. */
  beginEdit: () => void;
}

export class GradingState {
  /** Keys choose values. */
  isOn = $state(false);
  /** To the next image once a value is stored. */
  advances = $state(true);
  /** The list shows images without this label alone. */
  isUngradedOnly = $state(false);
  definitions = $state.raw<LabelDefinition[]>([]);
  history = $state.raw<LabelHistory>({ canUndo: false, canRedo: false });

  #chosenId = $state<number | null>(null);
  /** By label, then frame. */
  #values = $state.raw<ReadonlyMap<number, LabelValues>>(noLabelValues.byLabel);
  readonly #workspace: Workspace;
  readonly #screen: Screen;
  #turn: Promise<void> = Promise.resolve();
  #loading: Promise<void> | null = null;
  #isStale = false;

  /** The label that is being said. */
  readonly label = $derived.by<LabelDefinition | null>(
    () => this.definitions.find(({ labelId }) => labelId === this.#chosenId) ?? this.definitions[0] ?? null,
  );
  /** What is said under it of the image in front. */
  readonly value = $derived.by<LabelValue | null>(() =>
    this.label === null ? null : this.valueOf(this.label.labelId, this.#workspace.frameId),
  );
  /** Frames of the project that have it. */
  readonly graded = $derived.by<number>(() => (this.label === null ? 0 : this.#valuesOf(this.label.labelId).size));

  constructor(workspace: Workspace, screen: Screen) {
    this.#workspace = workspace;
    this.#screen = screen;
  }

  valueOf(labelId: number, frameId: number | null): LabelValue | null {
    return frameId === null ? null : (this.#valuesOf(labelId).get(frameId) ?? null);
  }

  /** Whether the list shows the frame; the one in front stays until another is chosen. */
  lists({ frameId }: FrameRow): boolean {
    if (!this.isUngradedOnly || this.label === null || frameId === this.#workspace.frameId) return true;
    return !this.#valuesOf(this.label.labelId).has(frameId);
  }

  choose(labelId: number): void {
    this.#chosenId = labelId;
  }

  /** To the label `steps` further, around. */
  stepLabel(steps: number): void {
    const index = this.definitions.findIndex(({ labelId }) => labelId === this.label?.labelId);
    const count = this.definitions.length;
    this.#chosenId = this.definitions[(index + steps + count) % count]?.labelId ?? null;
  }

  toggle(): void {
    this.isOn = !this.isOn && this.label !== null;
  }

  /** Says the value of the image in front; null takes it back. Goes on to the next image, where that is wanted, once it is stored. */
  say(value: LabelValue | null): Promise<void> {
    const { label } = this;
    const shown = this.#screen.shown();
    if (label === null || shown === null || this.#workspace.isReadOnly) return Promise.resolve();
    this.#screen.beginEdit();
    const { labelId } = label;
    const next = value === null || !this.advances ? null : this.#nextAfter(shown, label);
    return this.#inTurn(async () => {
      this.history = await this.#workspace.client.setLabel(labelId, shown.frameId, value);
      await this.load();
      if (next !== null && this.#workspace.frameId === shown.frameId) this.#screen.select(next.frameId);
    });
  }

  undo = (): Promise<void> => this.#inTurn(() => this.#travel("undo"));
  redo = (): Promise<void> => this.#inTurn(() => this.#travel("redo"));

  /** Makes a label, or changes the one of that number. False when it was refused. */
  async define(rules: LabelRules, labelId: number | null): Promise<boolean> {
    const { client } = this.#workspace;
    const stored = await this.#workspace.attempt(() =>
      labelId === null ? client.addLabel(rules) : client.changeLabel(labelId, rules),
    );
    if (stored === undefined) return false;
    await this.#workspace.attempt(() => this.load());
    this.#chosenId = stored.labelId;
    return true;
  }

  /** What the app holds. While one answer is on its way, only one more is asked for. */
  load(): Promise<void> {
    this.#isStale = true;
    this.#loading ??= this.#loadWhileStale().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #loadWhileStale(): Promise<void> {
    const { client } = this.#workspace;
    while (this.#isStale) {
      this.#isStale = false;
      const [definitions, history] = await Promise.all([client.labels(), client.labelHistory()]);
      this.#values = await fetchLabelValues(client, definitions);
      this.definitions = definitions;
      this.history = history;
    }
    if (this.label === null) this.isOn = false;
  }

  #valuesOf(labelId: number): LabelValues {
    return this.#values.get(labelId) ?? noLabelValues.ofOne;
  }

  /** Of the next image or patient in the list. */
  #nextAfter(shown: FrameRow, { scope }: LabelDefinition): FrameRow | null {
    const subject = (row: FrameRow): number => (scope === "patient" ? row.caseId : row.imageId);
    const frames = this.#screen.frames();
    const index = frames.findIndex(({ frameId }) => frameId === shown.frameId);
    return frames.find((row, at) => at > index && subject(row) !== subject(shown)) ?? null;
  }

  async #travel(direction: "undo" | "redo"): Promise<void> {
    if (!(direction === "undo" ? this.history.canUndo : this.history.canRedo)) return;
    this.#screen.beginEdit();
    const { client } = this.#workspace;
    const step = await (direction === "undo" ? client.undoLabel() : client.redoLabel());
    await this.load();
    this.#chosenId = step.labelId;
    this.#screen.select(step.frameId);
  }

  /** One after the other: keys pressed faster than the app answers all count. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return (this.#turn = this.#turn.then(async () => void (await this.#workspace.attempt(work))));
  }
}
