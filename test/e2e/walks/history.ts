/** @file What undo and redo mean, written a second time: a list of states per image, and actions that changed several images at once. */

interface State {
  labels: Uint8Array;
  /** The action on several images that led here. */
  group: number | null;
  /** The proposal of a model that was accepted with it. */
  proposal: number | null;
}

interface Line {
  states: State[];
  at: number;
}

export class Histories {
  readonly #lines: Line[];
  #groups = 0;
  /** Images whose proposal waits. */
  readonly pending = new Set<number>();

  constructor(images: number, pixels: number) {
    this.#lines = Array.from({ length: images }, () => ({
      states: [{ labels: new Uint8Array(pixels), group: null, proposal: null }],
      at: 0,
    }));
  }

  get images(): number {
    return this.#lines.length;
  }

  labels(image: number): Uint8Array {
    const { states, at } = this.#lines[image]!;
    return states[at]!.labels;
  }

  canUndo(image: number): boolean {
    return this.#lines[image]!.at > 0;
  }

  /** One action; on several images it is one step of undo. What was undone before is gone. */
  edit(changes: readonly { image: number; labels: Uint8Array; proposal?: number }[]): void {
    const group = changes.length > 1 ? ++this.#groups : null;
    for (const { image, labels, proposal } of changes) {
      const line = this.#lines[image]!;
      line.states.length = line.at + 1;
      line.states.push({ labels, group, proposal: proposal ?? null });
      line.at++;
      if (proposal !== undefined) this.pending.delete(image);
    }
  }

  undo(image: number): void {
    const line = this.#lines[image]!;
    if (line.at === 0) return;
    const { group } = line.states[line.at]!;
    this.#lines.forEach((other, index) => {
      const top = other.states[other.at]!;
      if (index !== image && (group === null || top.group !== group)) return;
      other.at--;
      if (top.proposal !== null) this.pending.add(index);
    });
  }

  redo(image: number): void {
    const line = this.#lines[image]!;
    const next = line.states[line.at + 1];
    if (next === undefined) return;
    this.#lines.forEach((other, index) => {
      const its = other.states[other.at + 1];
      if (its === undefined || (index !== image && (next.group === null || its.group !== next.group))) return;
      other.at++;
      if (its.proposal !== null) this.pending.delete(index);
    });
  }
}
