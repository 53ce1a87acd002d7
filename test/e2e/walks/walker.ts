/**
 * @file Who walks through the annotation screen: what is set there, what should be stored by now, and how to aim, press and click. What is drawn is
 * told by the reference tools, which share nothing with the product.
 */
import type { Random } from "../../../src-main/random/index.ts";
import type { Frame } from "../../../src-main/voxels/index.ts";
import type { At, Size } from "../../reference/index.ts";
import { type Chord, type Hand, inImage, inWindow, type Screen } from "./hand.ts";
import { Histories } from "./history.ts";

export const CLASSES = ["disc", "rim", "spot"];

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
export type ToolName = keyof typeof toolKeys;

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

export class Walker {
  readonly histories: Histories;
  readonly locked = new Set<number>();
  readonly hidden = new Set<number>();
  /** What was done, to be read when something differs. */
  readonly log: string[] = [];
  readonly size: Size;
  /** The image that is shown. */
  current = 0;
  classValue = 1;
  /** The brush paints only on some values. */
  isLimited = false;
  readonly #parts: WalkParts;

  constructor(parts: WalkParts) {
    this.#parts = parts;
    const { width, height } = parts.images[0]!.frame;
    this.size = { width, height };
    this.histories = new Histories(parts.images.length, width * height);
    parts.images.forEach((_, image) => this.histories.pending.add(image));
  }

  get hand(): Hand {
    return this.#parts.hand;
  }

  get random(): Random {
    return this.#parts.random;
  }

  get images(): readonly WalkImage[] {
    return this.#parts.images;
  }

  get frame(): WalkImage["frame"] {
    return this.images[this.current]!.frame;
  }

  get frameId(): number {
    return this.images[this.current]!.frameId;
  }

  get labels(): Uint8Array {
    return this.histories.labels(this.current);
  }

  readonly isLocked = (value: number): boolean => this.locked.has(value);

  isEmpty(image: number): boolean {
    return this.histories.labels(image).every((value) => value === 0);
  }

  /** What tools do with Alt held: they take away. */
  isAlt(): boolean {
    return this.random.uniform() < 0.25;
  }

  note(text: string): void {
    this.log.push(`${this.log.length + 1} image ${this.current + 1}, class ${this.classValue}: ${text}`);
  }

  /** A whole edit, if anything changed. `next` gets each pixel's class and tells the new one. */
  edit(next: (before: number, index: number) => number): void {
    const before = this.labels;
    const labels = before.map((value, index) => (this.locked.has(value) ? value : next(value, index)));
    if (labels.some((value, index) => value !== before[index])) this.histories.edit([{ image: this.current, labels }]);
  }

  /** Adds the chosen class where `inside`, or takes it away there; tools that paint a locked class do nothing. */
  paint(inside: Uint8Array, isAlt: boolean): void {
    const value = this.classValue;
    if (this.locked.has(value)) return;
    this.edit((before, index) => {
      if (inside[index] === 0) return before;
      return isAlt ? (before === value ? 0 : before) : value;
    });
  }

  /** Points around a place, as they are in the window and as the tool sees them there. */
  async points(count: number, spread: number): Promise<{ screen: Screen; points: At[]; seen: At[] }> {
    const { random, hand } = this;
    const screen = await hand.screen();
    const near = { x: random.between(-2, this.size.width + 2), y: random.between(-2, this.size.height + 2) };
    const points = Array.from({ length: count }, () =>
      inWindow(screen, { x: near.x + random.between(-spread, spread), y: near.y + random.between(-spread, spread) }),
    );
    return { screen, points, seen: points.map((point) => inImage(screen, point)) };
  }

  press(...chords: Chord[]): Promise<void> {
    return this.hand.press(...chords);
  }

  take(tool: ToolName): Promise<void> {
    return this.press({ key: toolKeys[tool], code: `Key${toolKeys[tool].toUpperCase()}` });
  }

  /** Without waiting for frames to be drawn, as a pointer that comes down on it would. */
  click(selector: string, name: string): Promise<void> {
    return this.hand.page.evaluate((all) => window.hand.click(...all), [selector, name] as const);
  }

  /** To another screen of the project. */
  go(place: string): Promise<void> {
    return this.click("nav button", place);
  }

  async show(image: number): Promise<void> {
    this.current = image;
    await this.press({ key: "Home" }, ...Array.from({ length: image }, () => ({ key: "ArrowRight" })));
    await this.hand.ready(this.frameId);
  }

  /** The annotation screen begins anew; the project keeps where it was drawn, and which classes are locked. */
  async comeBack(): Promise<void> {
    this.classValue = 1;
    this.isLimited = false;
    await this.hand.page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
    await this.show(this.current);
  }

  restart(): Promise<void> {
    return this.#parts.restart();
  }

  /** Does what leads to another revision of the image that is shown, and waits for that. */
  async revise(act: () => Promise<void>): Promise<void> {
    const revision = (): Promise<string | null> =>
      this.hand.page.getByTestId("canvas").getAttribute("data-revision-id");
    await this.hand.saved();
    const before = await revision();
    await act();
    await this.until(async () => (await revision()) !== before);
  }

  async until(isSo: () => Promise<boolean>): Promise<void> {
    for (const start = Date.now(); !(await isSo());) {
      if (Date.now() - start > 20_000) throw new Error("Waited 20 s.");
    }
  }
}
