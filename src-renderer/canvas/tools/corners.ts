/**
 * @file What tools share that set an outline corner by corner: a click sets one, a click on the first or Enter closes the outline,
 * Backspace takes the last back.
 */
import { type Point, polygonMask } from "../../../src-main/voxels/index.ts";
import { imageToScreen } from "../viewport.ts";
import { commitMask } from "./apply-mask.ts";
import { type Easel, type PointerVerb, Tool, type ToolState } from "./tool.ts";

/** CSS pixels within which a click counts as on the first corner. */
const CLOSING_DISTANCE = 9;

/** How the outline runs from the last corner to a point: the points after the corner, the point included. */
export type Connector = (to: Point) => Point[];

/** Begins connectors at a corner; asked once for each corner. */
export type Connect = (easel: Easel, corner: Point) => Connector;

export function cornersTool(easel: Easel, connect: Connect): Tool {
  const idle: ToolState = {
    name: "idle",
    onPointerDown: ({ image }) => (easel.labels === null ? undefined : new Outlining(easel, connect, image, idle)),
  };
  return new Tool(idle);
}

interface Corner {
  at: Point;
  /** The outline from the corner before to this one. */
  stretch: readonly Point[];
  connector: Connector;
}

/** At least one corner is set; the outline follows the pointer. */
class Outlining implements ToolState {
  readonly name = "outlining";
  readonly #easel: Easel;
  readonly #connect: Connect;
  readonly #idle: ToolState;
  readonly #corners: Corner[] = [];
  #pointer: Point;
  #isSubtracting = false;

  constructor(easel: Easel, connect: Connect, first: Point, idle: ToolState) {
    this.#easel = easel;
    this.#connect = connect;
    this.#idle = idle;
    this.#pointer = first;
    this.#add(first, [first]);
  }

  onHover({ image, isSubtracting = false }: PointerVerb): undefined {
    this.#pointer = image;
    this.#isSubtracting = isSubtracting;
    this.#show();
  }

  onPointerMove(verb: PointerVerb): undefined {
    this.onHover(verb);
  }

  onPointerDown({ image, screen, isSubtracting = false }: PointerVerb): ToolState | undefined {
    this.#isSubtracting = isSubtracting;
    const first = imageToScreen(this.#easel.viewport, this.#corners[0]!.at);
    const isOnFirst = Math.hypot(first.x - screen.x, first.y - screen.y) <= CLOSING_DISTANCE;
    if (isOnFirst && this.#corners.length > 2) return this.onComplete();
    const last = this.#corners.at(-1)!;
    // The second press of a double click sets no further corner.
    if (last.at.x === image.x && last.at.y === image.y) return undefined;
    this.#add(image, last.connector(image));
    return undefined;
  }

  onComplete(): ToolState {
    this.#easel.sketch = null;
    const { labels } = this.#easel;
    if (labels !== null) {
      const closing = this.#corners.at(-1)!.connector(this.#corners[0]!.at);
      const outline = [...this.#corners.flatMap(({ stretch }) => stretch), ...closing];
      commitMask(this.#easel, labels, polygonMask(labels, outline), this.#isSubtracting);
    }
    return this.#idle;
  }

  onStepBack(): ToolState | undefined {
    this.#corners.pop();
    if (this.#corners.length === 0) return this.onCancel();
    this.#show();
    return undefined;
  }

  onCancel(): ToolState {
    this.#easel.sketch = null;
    return this.#idle;
  }

  #add(at: Point, stretch: readonly Point[]): void {
    this.#corners.push({ at, stretch, connector: this.#connect(this.#easel, at) });
    this.#pointer = at;
    this.#show();
  }

  #show(): void {
    const points = this.#corners.flatMap(({ stretch }) => stretch);
    points.push(...this.#corners.at(-1)!.connector(this.#pointer));
    this.#easel.sketch = { kind: "path", points, isClosed: false, handles: this.#corners.map(({ at }) => at) };
  }
}
