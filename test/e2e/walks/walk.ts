/**
 * @file A long random walk through the annotation screen, and what each step should have done: by tools and a history that are written a
 * second time, plainly. Only snapping to edges, smoothing, live wire, cut, bridge and interpolation are taken from src-main/voxels, which tests
 * them against references.
 */
import type { Random } from "../../../src-main/random/index.ts";
import {
  bridge,
  cutAlong,
  type Frame,
  interpolateSlices,
  Livewire,
  reshapeClass,
  shapeAt,
  smoothMask,
  snapToEdge,
} from "../../../src-main/voxels/index.ts";
import { type Chord, type Hand, inImage, inWindow, type Screen } from "./hand.ts";
import { Histories } from "./history.ts";
import {
  type At,
  closeOf,
  ellipseOf,
  filledOf,
  growOf,
  largestOf,
  openOf,
  pixelAt,
  polygonOf,
  rectangleOf,
  regionOf,
  shrinkOf,
  strokeOf,
} from "./plain-tools.ts";

export const CLASSES = ["disc", "rim", "spot"];
const REFINE_RADIUS = 3;

const toolKeys = {
  brush: "b",
  eraser: "e",
  polygon: "p",
  lasso: "a",
  rectangle: "t",
  ellipse: "o",
  livewire: "v",
  wand: "m",
  fill: "g",
  cut: "c",
  bridge: "j",
  length: "d",
  angle: "u",
  area: "z",
} as const;
type ToolName = keyof typeof toolKeys;

/** A button of the refine panel, and what it makes of the pixels of a class. */
const refinements: Record<string, "voxels" | ((mask: Uint8Array, size: Size) => Uint8Array)> = {
  "Snap to edge": "voxels",
  Smooth: "voxels",
  Grow: (data, size) => growOf({ ...size, data }, REFINE_RADIUS),
  Shrink: (data, size) => shrinkOf({ ...size, data }, REFINE_RADIUS),
  Open: (data, size) => openOf({ ...size, data }, REFINE_RADIUS),
  Close: (data, size) => closeOf({ ...size, data }, REFINE_RADIUS),
  "Fill holes": (data, size) => filledOf({ ...size, data }),
  "Keep largest": (data, size) => largestOf({ ...size, data }),
  "Clear class": (data) => new Uint8Array(data.length),
};

interface Size {
  width: number;
  height: number;
}

export interface WalkImage {
  frameId: number;
  frame: Frame & { data: Uint8Array };
  proposal: { labels: Uint8Array; quality: number };
}

export interface WalkParts {
  hand: Hand;
  random: Random;
  /** Slices of one stack, in order. */
  images: readonly WalkImage[];
  /** Kills the app, starts it again and opens the project in a fresh page. */
  restart: () => Promise<void>;
}

export class Walk {
  readonly histories: Histories;
  readonly locked = new Set<number>();
  readonly hidden = new Set<number>();
  /** What was done, to be read when something differs. */
  readonly log: string[] = [];
  current = 0;
  readonly #parts: WalkParts;
  readonly #size: Size;
  #classValue = 1;
  #isLimited = false;

  constructor(parts: WalkParts) {
    this.#parts = parts;
    const { width, height } = parts.images[0]!.frame;
    this.#size = { width, height };
    this.histories = new Histories(parts.images.length, width * height);
    parts.images.forEach((_, image) => this.histories.pending.add(image));
  }

  get frameId(): number {
    return this.#parts.images[this.current]!.frameId;
  }

  /** One action of a person. */
  async step(): Promise<void> {
    const { random } = this.#parts;
    const weights: [number, () => Promise<void>][] = [
      [26, () => this.#stroke("brush")],
      [8, () => this.#stroke("eraser")],
      [5, () => this.#dragShape("rectangle")],
      [5, () => this.#dragShape("ellipse")],
      [5, () => this.#dragShape("lasso")],
      [4, () => this.#corners("polygon")],
      [3, () => this.#corners("livewire")],
      [3, () => this.#fill()],
      [3, () => this.#wand()],
      [3, () => this.#cut()],
      [3, () => this.#bridge()],
      [3, () => this.#measure()],
      [9, () => this.#refine()],
      [16, () => this.#travel("undo")],
      [10, () => this.#travel("redo")],
      [8, () => this.#chooseClass()],
      [3, () => this.#lock()],
      [2, () => this.#hide()],
      [5, () => this.#brushSize()],
      [3, () => this.#limit()],
      [8, () => this.#view()],
      [14, () => this.#otherImage()],
      [5, () => this.#copy()],
      [5, () => this.#fillGap()],
      [1, () => this.#reload()],
      [0.5, () => this.#killInStroke()],
      [1, () => this.#takeClassOff()],
      [1, () => this.#review()],
    ];
    let pick = random.between(
      0,
      weights.reduce((sum, [weight]) => sum + weight, 0),
    );
    const [, act] = weights.find(([weight]) => (pick -= weight) < 0)!;
    await act();
  }

  /** Everything of one image back to its beginning, as fast as keys repeat. */
  async undoAll(): Promise<void> {
    let steps = 0;
    for (; this.histories.canUndo(this.current); steps++) this.histories.undo(this.current);
    await this.#press(...Array.from({ length: steps }, () => ({ key: "z", ctrl: true })));
    await this.#parts.hand.ready(this.frameId);
  }

  async show(image: number): Promise<void> {
    this.current = image;
    await this.#press({ key: "Home" }, ...Array.from({ length: image }, () => ({ key: "ArrowRight" })));
    await this.#parts.hand.ready(this.frameId);
  }

  get #labels(): Uint8Array {
    return this.histories.labels(this.current);
  }

  #note(text: string): void {
    this.log.push(`${this.log.length + 1} image ${this.current + 1}, class ${this.#classValue}: ${text}`);
  }

  #press(...chords: Chord[]): Promise<void> {
    return this.#parts.hand.press(...chords);
  }

  #take(tool: ToolName): Promise<void> {
    return this.#press({ key: toolKeys[tool], code: `Key${toolKeys[tool].toUpperCase()}` });
  }

  /** A whole edit, if anything changed. `next` gets each pixel's class and tells the new one. */
  #edit(next: (before: number, index: number) => number): void {
    const before = this.#labels;
    const labels = before.map((value, index) => (this.locked.has(value) ? value : next(value, index)));
    if (labels.some((value, index) => value !== before[index])) this.histories.edit([{ image: this.current, labels }]);
  }

  /** Adds the chosen class where `inside`, or takes it away there; tools that paint a locked class do nothing. */
  #paint(inside: Uint8Array, isAlt: boolean): void {
    const value = this.#classValue;
    if (this.locked.has(value)) return;
    this.#edit((before, index) => {
      if (inside[index] === 0) return before;
      return isAlt ? (before === value ? 0 : before) : value;
    });
  }

  /** Points around a place, as they are in the window and as the tool sees them there. */
  async #points(count: number, spread: number): Promise<{ screen: Screen; points: At[]; seen: At[] }> {
    const { random, hand } = this.#parts;
    const { width, height } = this.#size;
    const screen = await hand.screen();
    const near = { x: random.between(-2, width + 2), y: random.between(-2, height + 2) };
    const points = Array.from({ length: count }, () =>
      inWindow(screen, { x: near.x + random.between(-spread, spread), y: near.y + random.between(-spread, spread) }),
    );
    return { screen, points, seen: points.map((point) => inImage(screen, point)) };
  }

  #isAlt(): boolean {
    return this.#parts.random.uniform() < 0.25;
  }

  async #stroke(tool: "brush" | "eraser"): Promise<void> {
    const { random, hand } = this.#parts;
    await this.#take(tool);
    const { screen, points, seen } = await this.#points(1 + random.integer(5), 12);
    const isCancelled = random.uniform() < 0.08;
    const limit = this.#isLimited ? await this.#readLimit() : null;
    this.#note(`${tool} of ${screen.brushRadius} through ${JSON.stringify(seen)}${isCancelled ? ", taken back" : ""}`);
    await hand.drag(points, { isCancelled });
    const value = tool === "brush" ? this.#classValue : 0;
    if (isCancelled || this.locked.has(value)) return;
    const inside = strokeOf({ ...this.#size, data: this.#labels }, seen, screen.brushRadius);
    const { data } = this.#parts.images[this.current]!.frame;
    this.#edit((before, index) => {
      const isAllowed = limit === null || (data[index]! >= limit.low && data[index]! <= limit.high);
      return inside[index] === 1 && isAllowed ? value : before;
    });
  }

  async #dragShape(tool: "rectangle" | "ellipse" | "lasso"): Promise<void> {
    const { random, hand } = this.#parts;
    await this.#take(tool);
    const { points, seen } = await this.#points(tool === "lasso" ? 3 + random.integer(5) : 3, 16);
    const [isAlt, isCancelled] = [this.#isAlt(), random.uniform() < 0.08];
    this.#note(`${tool}${isAlt ? " away" : ""} ${JSON.stringify(seen)}${isCancelled ? ", taken back" : ""}`);
    await hand.drag(points, { isAlt, isCancelled });
    if (isCancelled) return;
    const plane = { ...this.#size, data: this.#labels };
    const [first, last] = [seen[0]!, seen.at(-1)!];
    if (tool === "rectangle") this.#paint(rectangleOf(plane, first, last), isAlt);
    else if (tool === "ellipse") this.#paint(ellipseOf(plane, first, last), isAlt);
    else this.#paint(polygonOf(plane, seen), isAlt);
  }

  async #corners(tool: "polygon" | "livewire"): Promise<void> {
    const { random, hand } = this.#parts;
    await this.#take(tool);
    const { points, seen } = await this.#points(3 + random.integer(3), 20);
    // A click near the first corner would close the outline.
    const isOpen = points.every(
      ({ x, y }, index) => index === 0 || Math.hypot(x - points[0]!.x, y - points[0]!.y) > 15,
    );
    const isRepeated = points.some(({ x, y }, index) => x === points[index + 1]?.x && y === points[index + 1]?.y);
    if (!isOpen || isRepeated) return;
    const [isAlt, chance] = [this.#isAlt(), random.uniform()];
    // Of a locked class no outline begins, and Enter would take the proposal.
    const isDropped = chance < 0.1 || this.locked.has(this.#classValue);
    const isLeft = !isDropped && chance < 0.2;
    const end = isDropped ? ", dropped" : isLeft ? ", closed by taking the brush" : "";
    this.#note(`${tool}${isAlt ? " away" : ""} ${JSON.stringify(seen)}${end}`);
    await hand.clicks(points, { isAlt });
    await this.#press({ key: isDropped ? "Escape" : isLeft ? "b" : "Enter" });
    if (isDropped) return;
    const plane = { ...this.#size, data: this.#labels };
    if (tool === "polygon") {
      this.#paint(polygonOf(plane, seen), isAlt);
      return;
    }
    const livewire = new Livewire(this.#parts.images[this.current]!.frame);
    const outline = seen.flatMap((corner, index) => [
      ...(index === 0 ? [corner] : []),
      ...livewire
        .from(corner)
        .pathTo(seen[(index + 1) % seen.length]!)
        .slice(1)
        .map(({ x, y }) => ({ x: x + 0.5, y: y + 0.5 })),
    ]);
    this.#paint(polygonOf(plane, outline), isAlt);
  }

  async #fill(): Promise<void> {
    await this.#take("fill");
    const { points, seen } = await this.#points(1, 10);
    const isAlt = this.#isAlt();
    this.#note(`fill${isAlt ? " away" : ""} at ${JSON.stringify(seen)}`);
    await this.#parts.hand.clicks(points, { isAlt });
    this.#paint(regionOf({ ...this.#size, data: this.#labels }, seen[0]!, 0), isAlt);
  }

  async #wand(): Promise<void> {
    const { hand, images } = this.#parts;
    await this.#take("wand");
    const { screen, points, seen } = await this.#points(2, 6);
    const isAlt = this.#isAlt();
    const tolerance = screen.wandTolerance * 2 ** ((points[1]!.x - points[0]!.x) / 100);
    this.#note(`wand${isAlt ? " away" : ""} at ${JSON.stringify(seen)} of ${tolerance}`);
    await hand.drag(points, { isAlt });
    this.#paint(regionOf(images[this.current]!.frame, seen[0]!, tolerance), isAlt);
  }

  async #cut(): Promise<void> {
    await this.#take("cut");
    const { points, seen } = await this.#points(3, 25);
    this.#note(`cut along ${JSON.stringify(seen)}`);
    await this.#parts.hand.drag(points);
    if (this.locked.has(this.#classValue)) return;
    const map = { ...this.#size, data: this.#labels.slice() };
    cutAlong(map, seen, this.#classValue);
    this.#edit((_, index) => map.data[index]!);
  }

  async #bridge(): Promise<void> {
    await this.#take("bridge");
    const { screen, points, seen } = await this.#points(2, 25);
    this.#note(`bridge ${JSON.stringify(seen)}`);
    await this.#parts.hand.drag(points);
    if (this.locked.has(this.#classValue)) return;
    const map = { ...this.#size, data: this.#labels.slice() };
    const [first, second] = seen.map((at) => (pixelAt(map, at) === null ? null : shapeAt(map, at)));
    if (!first || !second || first.value !== second.value || this.locked.has(first.value)) return;
    if (first.mask.data.every((each, index) => each === second.mask.data[index])) return;
    const thickness = 2 * screen.brushRadius;
    bridge(map, first.mask, second.mask, { value: first.value, thickness }, (value) => this.locked.has(value));
    this.#edit((_, index) => map.data[index]!);
  }

  /** Measures change no pixel. */
  async #measure(): Promise<void> {
    const { hand, random } = this.#parts;
    const tool = (["length", "angle", "area"] as const)[random.integer(3)]!;
    await this.#take(tool);
    const { points } = await this.#points(3, 20);
    this.#note(`measures ${tool}`);
    if (tool === "length") await hand.drag(points);
    else await hand.clicks(tool === "angle" ? points : [points[0]!]);
  }

  async #refine(): Promise<void> {
    const { random, images } = this.#parts;
    const names = Object.keys(refinements);
    const name = names[random.integer(names.length)]!;
    const value = this.#classValue;
    if (this.locked.has(value)) return;
    this.#note(name);
    await this.#click('section[aria-label="Refine"] button', name);
    const reshape = refinements[name]!;
    const mask = this.#labels.map((each) => (each === value ? 1 : 0));
    if (!mask.includes(1)) return;
    if (reshape === "voxels") {
      const map = { ...this.#size, data: this.#labels.slice() };
      const margin = name === "Smooth" ? 8 * REFINE_RADIUS + 2 : REFINE_RADIUS + 2;
      const isLocked = (each: number): boolean => this.locked.has(each);
      reshapeClass(map, images[this.current]!.frame, { value, margin, isLocked }, (shape, frame) =>
        name === "Smooth" ? smoothMask(shape, REFINE_RADIUS) : snapToEdge(frame, shape, REFINE_RADIUS),
      );
      this.#edit((_, index) => map.data[index]!);
      return;
    }
    const shape = reshape(mask, this.#size);
    this.#edit((before, index) => (shape[index] === 1 ? value : before === value ? 0 : before));
  }

  async #travel(way: "undo" | "redo"): Promise<void> {
    const { random, hand } = this.#parts;
    // Faster than the app answers.
    const times = 1 + random.integer(3);
    this.#note(`${way} ${times} times`);
    const chord = { key: way === "undo" ? "z" : "y", ctrl: true };
    await this.#press(...Array.from({ length: times }, () => chord));
    for (let time = 0; time < times; time++) this.histories[way](this.current);
    await hand.ready(this.frameId);
  }

  async #chooseClass(): Promise<void> {
    const index = this.#parts.random.integer(CLASSES.length);
    this.#classValue = index + 1;
    this.hidden.delete(index + 1);
    this.#note(`chooses class ${index + 1}`);
    await this.#press({ key: String(index + 1), code: `Digit${index + 1}` });
  }

  async #lock(): Promise<void> {
    const value = 1 + this.#parts.random.integer(CLASSES.length);
    this.#note(`${this.locked.has(value) ? "un" : ""}locks class ${value}`);
    toggle(this.locked, value);
    await this.#press({ key: String(value), code: `Digit${value}`, alt: true });
  }

  async #hide(): Promise<void> {
    const value = 1 + this.#parts.random.integer(CLASSES.length);
    this.#note(`${this.hidden.has(value) ? "shows" : "hides"} class ${value}`);
    toggle(this.hidden, value);
    await this.#press({ key: "!", code: `Digit${value}`, shift: true });
  }

  async #brushSize(): Promise<void> {
    const isLarger = this.#parts.random.uniform() < 0.4;
    await this.#press(...Array.from({ length: 3 }, () => ({ key: isLarger ? "]" : "[" })));
  }

  /** The brush paints only on some values. */
  async #limit(): Promise<void> {
    this.#isLimited = !this.#isLimited;
    this.#note(`brush ${this.#isLimited ? "" : "not "}limited to values`);
    await this.#parts.hand.page.evaluate(() => {
      const label = [...document.querySelectorAll("label")].find((each) => each.textContent.includes("Paint only on"));
      label!.querySelector("input")!.click();
    });
  }

  #readLimit(): Promise<{ low: number; high: number }> {
    return this.#parts.hand.page.evaluate(() => {
      const value = (name: string) => document.querySelector<HTMLInputElement>(`input[aria-label="${name}"]`)!.value;
      return { low: Number(value("Lowest")), high: Number(value("Highest")) };
    });
  }

  async #view(): Promise<void> {
    const chords: Chord[] = [
      { key: "+" },
      { key: "-" },
      { key: "f", code: "KeyF" },
      { key: "R", code: "KeyR", shift: true },
      { key: "L", code: "KeyL", shift: true },
      { key: "F", code: "KeyF", shift: true },
      { key: "V", code: "KeyV", shift: true },
    ];
    const chord = chords[this.#parts.random.integer(chords.length)]!;
    this.#note(`view ${chord.shift ? "Shift+" : ""}${chord.key}`);
    await this.#press(chord);
  }

  async #otherImage(): Promise<void> {
    const { random, images, hand } = this.#parts;
    const keys = ["Home", "End", "ArrowLeft", "ArrowRight"] as const;
    const key = keys[random.integer(4)]!;
    const last = images.length - 1;
    const to = { Home: 0, End: last, ArrowLeft: this.current - 1, ArrowRight: this.current + 1 }[key];
    this.current = Math.min(last, Math.max(0, to));
    this.#note(`shown after ${key}`);
    await this.#press({ key });
    await hand.ready(this.frameId);
  }

  #isEmpty(image: number): boolean {
    return this.histories.labels(image).every((value) => value === 0);
  }

  async #copy(): Promise<void> {
    const { random, hand } = this.#parts;
    const side = random.uniform() < 0.5 ? -1 : 1;
    const neighbor = this.current + side;
    if (neighbor < 0 || neighbor >= this.histories.images || this.#isEmpty(neighbor)) return;
    this.#note(`copies image ${neighbor + 1}`);
    await hand.saved();
    const before = await this.#revision();
    await this.#press({ key: side === -1 ? "," : "." });
    await this.#until(async () => (await this.#revision()) !== before);
    const from = this.histories.labels(neighbor);
    const labels = this.#labels.map((value, index) => {
      if (this.locked.has(value)) return value;
      return this.locked.has(from[index]!) ? 0 : from[index]!;
    });
    // A copy is a step, also where it brings nothing new.
    this.histories.edit([{ image: this.current, labels }]);
  }

  async #fillGap(): Promise<void> {
    const { hand, images } = this.#parts;
    const all = images.map((_, image) => image);
    const before = all.findLast((image) => image < this.current && !this.#isEmpty(image));
    const after = all.find((image) => image > this.current && !this.#isEmpty(image));
    if (!this.#isEmpty(this.current) || before === undefined || after === undefined) return;
    this.#note(`fills between images ${before + 1} and ${after + 1}`);
    await hand.saved();
    const revision = await this.#revision();
    await this.#press({ key: "/" });
    await this.#until(async () => (await this.#revision()) !== revision);
    await hand.ready(this.frameId);
    const [from, to] = [before, after].map((image) => ({ ...this.#size, data: this.histories.labels(image) }));
    const between = all.slice(before + 1, after);
    this.histories.edit(
      between.map((image, index) => ({
        image,
        labels: interpolateSlices(from!, to!, (index + 1) / (between.length + 1)).data.map((value) =>
          this.locked.has(value) ? 0 : value,
        ),
      })),
    );
  }

  /** The screen begins anew; the project keeps where it was drawn, and which classes are locked. */
  #beginAnew(): void {
    this.#classValue = 1;
    this.#isLimited = false;
  }

  async #reload(): Promise<void> {
    const { hand } = this.#parts;
    this.#note("reloads the page");
    await hand.saved();
    await hand.page.reload();
    await this.#return();
  }

  async #killInStroke(): Promise<void> {
    const { hand, restart } = this.#parts;
    this.#note("the app is killed in mid-stroke");
    await this.#take("brush");
    await hand.saved();
    const { points } = await this.#points(3, 10);
    await hand.page.mouse.move(points[0]!.x, points[0]!.y);
    await hand.page.mouse.down();
    await hand.page.mouse.move(points[1]!.x, points[1]!.y);
    await restart();
    await this.#return();
  }

  async #return(): Promise<void> {
    const { hand } = this.#parts;
    this.#beginAnew();
    await hand.page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
    await this.show(this.current);
  }

  async #go(place: string): Promise<void> {
    await this.#click("nav button", place);
  }

  /** In the data screen: a class off all images at once. */
  async #takeClassOff(): Promise<void> {
    const { hand, images, random } = this.#parts;
    const value = 1 + random.integer(CLASSES.length);
    const shown = images.flatMap((_, image) => (this.histories.labels(image).includes(value) ? [image] : []));
    if (this.locked.has(value) || shown.length === 0) return;
    this.#note(`takes class ${value} off ${shown.length} images`);
    await hand.saved();
    await this.#go("Data");
    await this.#click('[role="tab"]', "Classes");
    await this.#click("button", `Take ${CLASSES[value - 1]} off all images`);
    await hand.page.getByText(`${CLASSES[value - 1]} was taken off`).waitFor();
    this.histories.edit(
      shown.map((image) => ({
        image,
        labels: this.histories.labels(image).map((each) => (each === value ? 0 : each)),
      })),
    );
    await this.#go("Annotate");
    await this.#return();
  }

  /** In the review: all proposals above a quality at once, or the worst one. */
  async #review(): Promise<void> {
    const { hand, images, random } = this.#parts;
    const pending = [...this.histories.pending].sort(
      (a, b) => images[a]!.proposal.quality - images[b]!.proposal.quality,
    );
    if (pending.length === 0) return;
    await hand.saved();
    await this.#go("Review");
    const isBulk = random.uniform() < 0.7;
    const accepted = isBulk ? pending.filter((image) => images[image]!.proposal.quality >= 0.6) : [pending[0]!];
    this.#note(`accepts the proposals of images ${accepted.map((image) => image + 1).join(", ")}`);
    if (isBulk) {
      // Nothing shows that they are good: the screen does not offer it, the command line does.
      await hand.page.evaluate(async () => {
        const body = JSON.stringify({ quality: 0.6, withoutEvidence: true });
        const headers = { "Content-Type": "application/json" };
        const answer = await fetch("/api/proposals/accept-above", { method: "POST", headers, body });
        if (!answer.ok) throw new Error(await answer.text());
      });
    } else {
      await hand.page.locator(`[data-testid="canvas"][data-frame-id="${images[pending[0]!]!.frameId}"]`).waitFor();
      await this.#press({ key: "a", code: "KeyA" });
    }
    await this.#until(() =>
      hand.page.evaluate(async (left) => {
        const waiting = (await (await fetch("/api/proposals?state=pending")).json()) as unknown[];
        return waiting.length === left;
      }, pending.length - accepted.length),
    );
    this.histories.edit(
      accepted.map((image) => ({ image, labels: images[image]!.proposal.labels, proposal: images[image]!.frameId })),
    );
    await this.#go("Annotate");
    await this.#return();
  }

  /** Without waiting for frames to be drawn, as a pointer that comes down on it would. */
  #click(selector: string, name: string): Promise<void> {
    return this.#parts.hand.page.evaluate((all) => window.hand.click(...all), [selector, name] as const);
  }

  async #revision(): Promise<string | null> {
    return this.#parts.hand.page.getByTestId("canvas").getAttribute("data-revision-id");
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    for (const start = Date.now(); !(await isSo());) {
      if (Date.now() - start > 20_000) throw new Error("Waited 20 s.");
    }
  }
}

function toggle(set: Set<number>, value: number): void {
  if (!set.delete(value)) set.add(value);
}
