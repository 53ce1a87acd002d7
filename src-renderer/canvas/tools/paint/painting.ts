import {
  type LabelMap,
  paintSegment,
  type Point,
  type Rectangle,
  uniteRectangles,
} from "../../../../src-main/voxels/index.ts";
import type { Easel, PointerVerb, ToolState } from "../tool.ts";

interface Stroke {
  easel: Easel;
  labels: LabelMap;
  value: number;
  verb: PointerVerb;
  idle: ToolState;
}

/** The brush is down. Keeps the pixels from before the stroke, so that Escape can restore them. */
export class Painting implements ToolState {
  readonly name = "painting";
  readonly #stroke: Stroke;
  readonly #before: Uint8Array;
  #last: Point;
  #changed: Rectangle | null = null;

  constructor(stroke: Stroke) {
    this.#stroke = stroke;
    this.#before = stroke.labels.data.slice();
    this.#last = stroke.verb.image;
    this.#paintTo(stroke.verb.image);
  }

  onPointerMove({ image }: PointerVerb): undefined {
    this.#paintTo(image);
  }

  onPointerUp({ image }: PointerVerb): ToolState {
    this.#paintTo(image);
    if (this.#changed !== null) this.#stroke.easel.commitStroke();
    return this.#stroke.idle;
  }

  onCancel(): ToolState {
    this.#stroke.labels.data.set(this.#before);
    if (this.#changed !== null) this.#stroke.easel.touch(this.#changed);
    return this.#stroke.idle;
  }

  #paintTo(point: Point): void {
    const { easel, labels, value } = this.#stroke;
    const { brushLimit, isLocked } = easel;
    const mayPaint = (index: number): boolean =>
      !isLocked(labels.data[index]!) && (brushLimit === null || brushLimit(index));
    const dirty = paintSegment(labels, this.#last, point, easel.brushRadius, value, mayPaint);
    this.#last = point;
    if (dirty === null) return;
    this.#changed = uniteRectangles(this.#changed, dirty);
    easel.touch(dirty);
  }
}
