/**
 * @file Annotation, proposal, accepted proposal and uncertainty over one picture, each shown by itself: colors read back from the canvas,
 * by WebGL and by the 2-D canvas, and by WebGL again after the graphics card was lost.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap, type Point } from "../../src-main/voxels/index.ts";
import { HEAT_COLORS } from "../../src-renderer/canvas/palette.ts";
import { randomModel } from "../methods/random-model.ts";
import { addModel, newPicture } from "../project/fixture.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { colorsAt, openImage, openWindow, type Rgb } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const side = 64;
const grey = 100;
/** Left top corners of squares of 16 pixels. */
const squares = { annotation: { x: 4, y: 4 }, proposal: { x: 40, y: 4 }, accepted: { x: 4, y: 40 } };
const middleOf = ({ x, y }: Point): Point => ({ x: x + 8.5, y: y + 8.5 });
/** Along the upper border. */
const borderOf = ({ x, y }: Point): Point[] =>
  Array.from({ length: 14 }, (_, at) => ({ x: x + 1.5 + at, y: y + 0.06 }));

/** A network has something to tell apart in it. */
const stripesPixels = Uint8Array.from({ length: side * side }, (_, at) => (at % 16 < 8 ? 40 : 190));

const maskOf = ({ x, y }: Point): Uint8Array<ArrayBuffer> => {
  const map = createLabelMap(side, side);
  for (let row = y; row < y + 16; row++) map.data.fill(1, row * side + x, row * side + x + 16);
  return encodeLabelMap(map);
};
/** The model is sure of the left half alone. */
const confidence = Uint8Array.from({ length: side * side }, (_, at) => (at % side < side / 2 ? 255 : 0));

let home: string;
let browser: Browser;
let app: RunningApp;
let path: string;
let classColor: Rgb;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-layers-"));
  path = join(home, "layers.aliquot");
  const raw = { width: side, height: side, channels: 1 } as const;
  const project = createProject(path, { classes: ["lesion", "organ"] });
  const addImage = async (fileName: string, pixels: Uint8Array): Promise<number> => {
    const sourceBytes = await sharp(pixels, { raw }).png().toBuffer();
    const picture = newPicture(fileName, sourceBytes, { width: side, height: side }, { fileName });
    return project.images.add(picture).frameIds[0]!;
  };
  const frameId = await addImage("layers.png", Buffer.alloc(side * side, grey));
  const { modelId, runId } = addModel(project);
  const propose = (corner: Point): number =>
    project.proposals.add({ frameId, modelId, runId, mask: maskOf(corner), confidence, expectedDice: 0.7 });
  project.proposals.accept(propose(squares.accepted));
  project.annotations.write(frameId, maskOf(squares.annotation), { origin: "drawn" });
  propose(squares.proposal);
  const stripes = await addImage("stripes.png", stripesPixels);
  const classes = project.classes.list();
  const real = { runId, name: "random", method: "segment", step: 1, score: null, classes };
  const onnx = await randomModel({ size: side, planes: 3, classes });
  const realId = project.models.add({ ...real, onnx, weights: Buffer.from("none") });
  const doubt = { confidence, expectedDice: 0.7 };
  project.proposals.add({ frameId: stripes, modelId: realId, runId, mask: maskOf(squares.proposal), ...doubt });
  const { color } = project.classes.list()[0]!;
  classColor = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as Rgb;
  await project.snapshot;
  project.close();
  browser = await launchChromium();
  app = await startApp(home);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const plain: Rgb = [grey, grey, grey];
const blend = (over: Rgb, opacity: number): Rgb =>
  over.map((channel) => Math.round(grey + (channel - grey) * opacity)) as Rgb;
/** Two levels of rounding between shader, canvas and this. */
const isColor = (seen: Rgb, wanted: Rgb): boolean => seen.every((channel, at) => Math.abs(channel - wanted[at]!) < 4);

describe.each(["webgl", "canvas2d"] as const)("by %s", (kind) => {
  let page: Page;
  const canvas = () => page.getByTestId("canvas");
  /** Waits until `points` are shown in `wanted`: what a layer holds may arrive after its controls. */
  const expectColors = (points: readonly Point[], wanted: readonly Rgb[], what: string): Promise<void> =>
    expect
      .poll(
        async () =>
          (await colorsAt(canvas(), points)).flatMap((seen, at) =>
            isColor(seen, wanted[at]!)
              ? []
              : [`${what} at ${points[at]!.x}, ${points[at]!.y}: ${seen} for ${wanted[at]}`],
          ),
        { message: what },
      )
      .toEqual([]);
  const expectMiddle = (corner: Point, wanted: Rgb, what: string) => expectColors([middleOf(corner)], [wanted], what);
  /** How many points of the border have color. */
  const colored = async (corner: Point): Promise<number> =>
    (await colorsAt(canvas(), borderOf(corner))).filter(([red, green, blue]) => red !== green || green !== blue).length;
  const layer = (name: string) => page.getByRole("region", { name: "Layers" }).getByRole("button", { name });

  beforeAll(async () => {
    page = await openWindow({ browser, app, path }, kind);
    await page.locator(`[data-viewer="${kind}"]`).waitFor();
    await openImage(page, "layers.png");
    await layer("Show Proposal").waitFor();
  });
  afterAll(() => page?.close());

  test("the annotation is filled with a whole outline, the proposal is a dashed outline, the accepted one hidden", async () => {
    await expectMiddle(squares.annotation, blend(classColor, 0.4), "annotation");
    await expectMiddle(squares.proposal, blend(classColor, 0.2), "proposal");
    await page.getByLabel("Fill of Proposal").fill("0");
    await expectMiddle(squares.proposal, plain, "proposal without fill");
    await expect.poll(() => colored(squares.annotation)).toBe(14);
    const dashes = await colored(squares.proposal);
    expect(dashes).toBeGreaterThan(3);
    expect(dashes).toBeLessThan(12);
    await expect.poll(() => colored(squares.accepted)).toBe(0);
  });

  test("each layer has a fill, an outline and an eye of its own", async () => {
    await page.getByLabel("Fill of Proposal").fill("1");
    await layer("Show As accepted").click();
    await page.getByLabel("Fill of As accepted").fill("0.5");
    await page.getByLabel("Outline of Annotation").fill("0");
    await page.getByLabel("Fill of Annotation").fill("0.2");
    await expectMiddle(squares.proposal, classColor, "proposal");
    await expectMiddle(squares.accepted, blend(classColor, 0.5), "accepted");
    await expectMiddle(squares.annotation, blend(classColor, 0.2), "annotation");
    if (kind === "webgl") {
      await page.mouse.move(2, 2);
      await screenshot(page, "layers-light");
      await expectAccessible(page);
    }
    await layer("Show Proposal").click();
    await expectMiddle(squares.proposal, plain, "proposal hidden");
    await page.keyboard.press("l");
    await expectMiddle(squares.accepted, plain, "all hidden");
    await page.keyboard.press("l");
    await expectMiddle(squares.accepted, blend(classColor, 0.5), "all shown again");
  });

  test("uncertainty lies over the picture where the model is unsure, with a legend", async () => {
    await page.keyboard.press("Shift+U");
    await page.getByTestId("heat-legend").waitFor();
    const unsure = { x: 50.5, y: 50.5 };
    await expectColors([{ x: 26.5, y: 50.5 }, unsure], [plain, blend([255, 61, 31], 0.8)], "sure and unsure");
    await page.getByLabel("Opacity of uncertainty").fill("0.5");
    await expectColors([unsure], [blend([255, 61, 31], 0.4)], "half");
    if (kind === "webgl") {
      await page.emulateMedia({ colorScheme: "dark" });
      await screenshot(page, "layers-dark");
    }
    await page.keyboard.press("Shift+U");
  });

  test("the probability of a class lies over the picture as its model says it, with a legend", async () => {
    const id = await openImage(page, "stripes.png");
    // Hidden since the test before; its model is asked.
    await layer("Show Proposal").waitFor();
    const points = [9.5, 20.5, 31.5, 44.5, 53.5].flatMap((x) => [7.5, 30.5, 58.5].map((y) => ({ x, y })));
    const bare = points.map(({ x }) => Array<number>(3).fill(x % 16 < 8 ? 40 : 190) as Rgb);
    await expectColors(points, bare, "picture alone");
    await page.keyboard.press("Shift+U");
    await page.getByLabel("Opacity of uncertainty").fill("1");
    const said = await page.evaluate(
      async (id) => [...new Uint8Array(await (await fetch(`/api/proposals/frames/${id}/probabilities`)).arrayBuffer())],
      id,
    );
    expect(said).toHaveLength(3 * side * side);
    const meaning = page.getByLabel("What the colors show");
    for (const [plane, name] of [
      [1, "lesion"],
      [2, "organ"],
    ] as const) {
      await meaning.selectOption({ label: `Probability of ${name}` });
      await page.getByRole("img", { name: `Probability of ${name}` }).waitFor();
      const wanted = points.map(({ x, y }, at) => {
        const byte = said[plane * side * side + Math.floor(y) * side + Math.floor(x)]!;
        const [red, green, blue, alpha] = HEAT_COLORS.subarray(4 * byte, 4 * byte + 4);
        const share = alpha! / 255;
        return [red!, green!, blue!].map((over, channel) =>
          Math.round(bare[at]![channel]! + (over - bare[at]![channel]!) * share),
        ) as Rgb;
      });
      await expectColors(points, wanted, name);
    }
    await page.mouse.move(2, 2);
    await screenshot(page, `layers-probability-${kind}`);
    await expectAccessible(page);
    // A stroke repaints its part alone in one of the viewers: the colors stay.
    const before = await colorsAt(canvas(), points.slice(0, 3));
    await page.keyboard.press("b");
    for (let press = 0; press < 24; press++) await page.keyboard.press("[");
    const box = (await canvas().boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await expect.poll(() => colorsAt(canvas(), points.slice(0, 3))).toEqual(before);
    await meaning.selectOption({ label: "Uncertainty" });
    await page.getByRole("img", { name: "Uncertainty of the proposal" }).waitFor();
    await page.getByLabel("Opacity of uncertainty").fill("0.8");
    await page.keyboard.press("Shift+U");
    await openImage(page, "layers.png");
  });

  if (kind === "webgl") {
    test("a graphics card that goes and comes back shows the same; one that stays away is done without", async () => {
      const points = [middleOf(squares.annotation), middleOf(squares.accepted), { x: 30.5, y: 30.5 }];
      const colors = [blend(classColor, 0.2), blend(classColor, 0.5), plain];
      await expectColors(points, colors, "before");
      const before = await colorsAt(canvas(), points);
      const lose = (isForGood: boolean) =>
        canvas().evaluate(async (element, isForGood) => {
          const gl = (element as HTMLCanvasElement).getContext("webgl2")!;
          const handle = gl.getExtension("WEBGL_lose_context")!;
          handle.loseContext();
          await new Promise((done) => setTimeout(done, 100));
          if (!isForGood) handle.restoreContext();
        }, isForGood);
      await lose(false);
      await expect.poll(() => colorsAt(canvas(), points)).toEqual(before);
      await lose(true);
      await page.locator('[data-viewer="canvas2d"]').waitFor();
      await expectColors(points, before, "after");
    });
  }
});
