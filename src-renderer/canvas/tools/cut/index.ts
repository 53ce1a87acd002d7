/** @file The knife: a line drawn across the chosen class parts it, as thin as parting needs. */
import { cutAlong, type LabelMap, type Point } from "../../../../src-main/voxels/index.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "../tool.ts";

export function cutTool(easel: Easel): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.labels === null ? undefined : new Cutting(easel, easel.labels, image, idle)),
  };
  return new Tool(idle);
}

class Cutting implements ToolState {
  readonly name = "cutting";
  readonly #easel: Easel;
  readonly #labels: LabelMap;
  readonly #idle: ToolState;
  readonly #path: Point[];

  constructor(easel: Easel, labels: LabelMap, start: Point, idle: ToolState) {
    this.#easel = easel;
    this.#labels = labels;
    this.#idle = idle;
    this.#path = [start];
  }

  onPointerMove({ image }: PointerVerb): undefined {
    this.#path.push(image);
    this.#easel.sketch = { kind: "path", points: [...this.#path], isClosed: false, handles: [] };
  }

  onPointerUp({ image }: PointerVerb): ToolState {
    const easel = this.#easel;
    easel.sketch = null;
    const changed = cutAlong(this.#labels, [...this.#path, image], easel.classValue);
    if (changed !== null) {
      easel.touch(changed);
      easel.commitStroke();
    }
    return this.#idle;
  }

  onCancel(): ToolState {
    this.#easel.sketch = null;
    return this.#idle;
  }
}
