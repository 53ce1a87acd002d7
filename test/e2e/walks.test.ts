/**
 * @file Random walks of 200 actions through the annotation screen of the built app: every tool, undo and redo, classes, slices, refinements, bulk
 * actions, reloads, kills in mid-stroke. After each the project, the screen and a plain second implementation of all of it agree, and undo leads
 * back through the whole history. Without further ado one walk; ALIQUOT_WALKS=0-49 names others, ALIQUOT_WALK_STEPS=1 compares after each action.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createProject } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { decodeLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addModel, newImage } from "../project/fixture.ts";
import { type RunningApp, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";
import { drawBy } from "./viewer-kind.ts";
import { Hand, inWindow } from "./walks/hand.ts";
import { step, undoAll } from "./walks/actions/index.ts";
import { CLASSES, Walker, type WalkImage } from "./walks/walker.ts";

const ACTIONS = 200;
const SLICES = 4;
const size = { width: 56, height: 44 };
const colors = ["#ff4040", "#40c040", "#4060ff"];

const walks = seedsOf(process.env["ALIQUOT_WALKS"] ?? "0");
const isEachCompared = process.env["ALIQUOT_WALK_STEPS"] === "1";

function seedsOf(range: string): number[] {
  const [first, last = first] = range.split("-").map(Number);
  if (![first, last].every(Number.isInteger)) throw new Error(`ALIQUOT_WALKS: expected FIRST-LAST, got ${range}.`);
  return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
}

let browser: Browser;
let home: string;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  home = mkdtempSync(join(tmpdir(), "aliquot-walks-"));
  app = await startApp(home);
});

afterEach(() => page.close());

afterAll(async () => {
  await browser.close();
  await app.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A bright disc with grain, farther to the right in each slice. */
function pixelsOf(slice: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: size.width * size.height }, (_, index) => {
    const [x, y] = [index % size.width, Math.floor(index / size.width)];
    const isInside = (x - 20 - 4 * slice) ** 2 + (y - 22) ** 2 < 15 ** 2;
    return (isInside ? 170 : 60) + random.integer(12);
  });
}

/** A project of slices, each with a proposal of a model. */
async function makeProject(path: string, random: Random): Promise<WalkImage[]> {
  const project = createProject(path, { classes: CLASSES });
  colors.forEach((color, index) => project.classes.change(index + 1, { color }));
  const { modelId, runId } = addModel(project);
  const images: WalkImage[] = [];
  for (let slice = 0; slice < SLICES; slice++) {
    const data = pixelsOf(slice, random);
    const png = await sharp(data, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer();
    const { frames, ...image } = newImage(`slice_${slice}`, { caseName: "walk", thumbnail: png });
    const metadata = { ...frames[0]!, ...size };
    const added = project.images.add({ ...image, sourceBytes: png, frames: [metadata] });
    const frameId = added.frameIds[0]!;
    const labels = data.map((value) => (value > 120 ? 2 : 0));
    const quality = [0.9, 0.5, 0.7, 0.95][slice]!;
    project.proposals.add({
      frameId,
      modelId,
      runId,
      mask: encodeLabelMap({ ...size, data: labels }),
      confidence: new Uint8Array(data.length).fill(200),
      expectedDice: quality,
    });
    images.push({ frameId, frame: { ...metadata, data } as WalkImage["frame"], proposal: { labels, quality } });
  }
  project.close();
  return images;
}

async function openIn(path: string): Promise<void> {
  await page.goto(app.url);
  await page.evaluate(async (project) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/project/open", {
      method: "POST",
      headers,
      body: JSON.stringify({ path: project }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }, path);
  await page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
}

async function stored(frameId: number): Promise<Uint8Array> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  return decodeLabelMap(Uint8Array.from(bytes)).data;
}

/** Rows of digits: a failure shows the shapes. */
function textOf(data: Uint8Array): string {
  return Array.from(data, (value) => (value === 0 ? "." : String(value)))
    .join("")
    .replace(new RegExp(`.{${size.width}}`, "g"), "$&\n");
}

/** Of a class's color over gray pixels: inside, and at edges, which Canvas2D draws a whole pixel wide. */
const tints = [0.4, 0.95];

/** The classes that the canvas shows. "?" where a pixel is neither gray nor of the tint of a class. */
async function seen(hand: Hand): Promise<string> {
  const shift = { alt: false, shift: true };
  const { quarterTurns, isMirrored } = await hand.screen();
  if (isMirrored) await hand.press({ key: "F", code: "KeyF", ...shift });
  const turns = isMirrored ? quarterTurns : (4 - quarterTurns) % 4;
  await hand.press(...Array.from({ length: turns }, () => ({ key: "R", code: "KeyR", ...shift })));
  await hand.press({ key: "f", code: "KeyF" });
  const screen = await hand.screen();
  const { left, top, width, height } = screen.bounds;
  // What lies over the canvas is no label.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".stage svg, .notice { display: none !important }");
    document.adoptedStyleSheets = [sheet];
  });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  const picture = await page.screenshot({ clip: { x: left, y: top, width, height } });
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const letters = Array.from({ length: size.width * size.height }, (_, index) => {
    const at = inWindow(screen, { x: (index % size.width) + 0.5, y: Math.floor(index / size.width) + 0.5 });
    const offset = (Math.round(at.y - top) * info.width + Math.round(at.x - left)) * 3;
    const pixel = [...data.subarray(offset, offset + 3)];
    const grayUnder = (color: number[], opacity: number): boolean => {
      const rest = pixel.map((value, channel) => value - opacity * color[channel]!);
      const share = 1 - opacity;
      const isEven = Math.max(...rest) - Math.min(...rest) < Math.max(3, 8 * share);
      return isEven && Math.min(...rest) > -4 * share - 1 && Math.max(...rest) < 259 * share + 1;
    };
    if (grayUnder([0, 0, 0], 0)) return ".";
    const value = colors.findIndex((color) => {
      const channels = [1, 3, 5].map((place) => Number.parseInt(color.slice(place, place + 2), 16));
      return tints.some((opacity) => grayUnder(channels, opacity));
    });
    return value < 0 ? "?" : String(value + 1);
  });
  return letters.join("").replace(new RegExp(`.{${size.width}}`, "g"), "$&\n");
}

test.each(walks)("walk %i", async (seed) => {
  const random = new Random(seed, "walk");
  const path = join(home, `walk-${seed}.aliquot`);
  const images = await makeProject(path, random);
  const complaints: string[] = [];
  const openPage = async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    // As the app chooses, which under software GL is Canvas2D; every tenth by WebGL, which is slow there.
    if (seed % 10 === 9) await drawBy(page, "webgl");
    const hand = await Hand.on(page);
    await openIn(path);
    return hand;
  };
  const parts = {
    hand: await openPage(),
    random,
    images,
    restart: async () => {
      await app.killHard();
      await page.close();
      app = await startApp(home);
      parts.hand = await openPage();
    },
  };
  const walker = new Walker(parts);
  await walker.show(0);
  const compare = async (what: string): Promise<void> => {
    await parts.hand.saved();
    for (const [image, { frameId }] of images.entries()) {
      const message = `${what}, image ${image + 1}, after\n${walker.log.slice(-12).join("\n")}`;
      expect(textOf(await stored(frameId)), message).toBe(textOf(walker.histories.labels(image)));
    }
  };

  for (let action = 0; action < ACTIONS; action++) {
    await step(walker);
    if (isEachCompared) await compare("each step");
  }
  await compare("project");
  for (const image of images.keys()) {
    await walker.show(image);
    const shown = walker.histories.labels(image).map((value) => (walker.hidden.has(value) ? 0 : value));
    const canvas = await seen(parts.hand);
    // Where a proposal lies over the picture its own tint is seen, or its edge.
    const proposed = walker.histories.pending.has(image) ? textOf(images[image]!.proposal.labels) : "";
    const isProposed = (at: number): boolean =>
      /\d/.test(proposed[at] ?? "") && (canvas[at] === "?" || canvas[at] === proposed[at]);
    const expected = Array.from(textOf(shown), (letter, at) => (isProposed(at) ? canvas[at] : letter)).join("");
    expect(canvas, `screen, image ${image + 1}, after\n${walker.log.join("\n")}`).toBe(expected);
  }
  for (const image of images.keys()) {
    await walker.show(image);
    await undoAll(walker);
  }
  await compare("undone");
  expect(images.map((_, image) => walker.histories.labels(image).some((value) => value !== 0))).not.toContain(true);
  expect(complaints).toEqual([]);
});
