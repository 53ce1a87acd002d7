/**
 * @file Every drawing tool by mouse and keyboard in the built app: what is stored must be, pixel by pixel, what the reference tools say of the
 * same points: a plain second implementation of each, which shares nothing with the product.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, decodeLabelMap, type Frame, type LabelMap } from "../../src-main/voxels/index.ts";
import {
  type At,
  betweenOf,
  bridgeOf,
  classRegionOf,
  cutOf,
  ellipseOf,
  filledOf,
  growOf,
  polygonOf,
  rectangleOf,
  regionOf,
  smoothOf,
  snappedOf,
  strokeOf,
  wiredOf,
} from "../reference/index.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const size = { width: 96, height: 80 };
const disc = ellipseOf(size, { x: 25, y: 20 }, { x: 70, y: 60 });

/** A bright disc with grain. */
const frame: Frame = {
  ...size,
  channels: 1,
  sampleType: "uint8",
  data: discPixels(),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
};

function discPixels(): Uint8Array {
  const random = new Random(1, "tools", 0);
  return Uint8Array.from(disc, (inside) => 60 + 110 * inside + random.between(0, 12));
}

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
let frameId: string;
/** What should be stored by now. */
const expected: LabelMap = createLabelMap(96, 80);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-tools-"));
  const png = await sharp(frame.data, { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer();
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
  await page.getByLabel("Name", { exact: true }).fill("Tools");
  await page.getByLabel("What do you want to outline?").fill("disc, rim");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
  await page.getByTestId("images-files").setInputFiles({ name: "disc_1.png", mimeType: "image/png", buffer: png });
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("button", { name: "Show images" }).click();
  const row = page.locator("[data-frame-id]").first();
  await row.click();
  frameId = (await row.getAttribute("data-frame-id"))!;
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** The page's whole CSS pixel nearest to an image point, and the image point that it stands for. */
async function aim({ x, y }: At): Promise<{ screen: At; image: At }> {
  const canvas = page.getByTestId("canvas");
  const box = (await canvas.boundingBox())!;
  const [scale, offsetX, offsetY] = await Promise.all(
    ["data-scale", "data-offset-x", "data-offset-y"].map(async (name) => Number(await canvas.getAttribute(name))),
  );
  const screen = { x: Math.round(box.x + x * scale! + offsetX!), y: Math.round(box.y + y * scale! + offsetY!) };
  return { screen, image: { x: (screen.x - box.x - offsetX!) / scale!, y: (screen.y - box.y - offsetY!) / scale! } };
}

/** Presses at the first point, moves through the others, releases at the last; returns the points as the app saw them. */
async function drag(...points: At[]): Promise<At[]> {
  const aimed = await Promise.all(points.map(aim));
  const [first, ...others] = aimed;
  await page.mouse.move(first!.screen.x, first!.screen.y);
  await page.mouse.down();
  for (const { screen } of others) await page.mouse.move(screen.x, screen.y);
  await page.mouse.up();
  return aimed.map(({ image }) => image);
}

async function click(...points: At[]): Promise<At[]> {
  const aimed: At[] = [];
  for (const point of points) aimed.push((await drag(point))[0]!);
  return aimed;
}

async function stored(id: string): Promise<LabelMap> {
  const bytes = await page.evaluate(
    async (frame) => [...new Uint8Array(await (await fetch(`/api/frames/${frame}/mask`)).arrayBuffer())],
    id,
  );
  return bytes.length === 0 ? createLabelMap(96, 80) : decodeLabelMap(Uint8Array.from(bytes));
}

async function expectStored(map = expected, id = frameId): Promise<void> {
  await expect.poll(async () => textOf(await stored(id))).toBe(textOf(map));
}

/** Rows of digits: a failure shows the shapes. */
function textOf({ width, data }: LabelMap): string {
  return Array.from(data, (value) => (value === 0 ? "." : String(value)))
    .join("")
    .replace(new RegExp(`.{${width}}`, "g"), "$&\n");
}

function paint(inside: Uint8Array, value: number, map = expected): void {
  inside.forEach((each, index) => {
    if (each === 1) map.data[index] = value;
  });
}

function expectMask(inside: Uint8Array, value: number): Promise<void> {
  paint(inside, value);
  return expectStored();
}

/** What is left of a class is `inside`. */
function reshape(inside: Uint8Array, value: number): void {
  expected.data.forEach((before, index) => {
    if (inside[index] === 1) expected.data[index] = value;
    else if (before === value) expected.data[index] = 0;
  });
}

/** The pixels of a class. */
function maskOf(value: number): LabelMap {
  return { ...size, data: expected.data.map((each) => (each === value ? 1 : 0)) };
}

test("rectangle and ellipse", async () => {
  await page.keyboard.press("t");
  const [from, , to] = await drag({ x: 4, y: 5 }, { x: 12, y: 9 }, { x: 21.5, y: 17 });
  await expectMask(rectangleOf(size, from!, to!), 1);
  await page.keyboard.press("o");
  await page.keyboard.press("2");
  const corners = await drag({ x: 88, y: 70 }, { x: 60, y: 50 });
  await expectMask(ellipseOf(size, corners[0]!, corners[1]!), 2);
});

test("lasso, and with Alt what it goes around is taken away", async () => {
  await page.keyboard.press("a");
  await page.keyboard.press("1");
  const line = await drag({ x: 30, y: 20 }, { x: 50, y: 22 }, { x: 55, y: 40 }, { x: 38, y: 44 }, { x: 28, y: 33 });
  // The release is at the last point of the line once more.
  await expectMask(polygonOf(size, [...line, line.at(-1)!]), 1);
  await page.keyboard.down("Alt");
  const hole = await drag({ x: 38, y: 26 }, { x: 46, y: 27 }, { x: 42, y: 34 });
  await page.keyboard.up("Alt");
  await expectMask(polygonOf(size, hole), 0);
});

test("polygon by clicks; a corner taken back; Enter closes", async () => {
  await page.keyboard.press("p");
  const corners = await click({ x: 60, y: 5 }, { x: 90, y: 8 }, { x: 84, y: 30 });
  await click({ x: 10, y: 70 });
  await page.keyboard.press("Backspace");
  await screenshot(page, "tool-polygon");
  await page.keyboard.press("Enter");
  await expectMask(polygonOf(size, corners), 1);
});

test("Escape drops an outline; another tool closes it, for corners set are work", async () => {
  await page.keyboard.press("p");
  await click({ x: 5, y: 60 }, { x: 20, y: 60 }, { x: 20, y: 75 });
  await page.keyboard.press("Escape");
  await expectStored();
  const corners = await click({ x: 5, y: 60 }, { x: 20, y: 60 }, { x: 20, y: 75 });
  await page.keyboard.press("b");
  await expect.poll(() => page.getByTestId("sketch").count()).toBe(0);
  await expectMask(polygonOf(size, corners), 1);
});

test("fill", async () => {
  await page.keyboard.press("g");
  await page.keyboard.press("2");
  const [seed] = await click({ x: 80, y: 12 });
  await expectMask(classRegionOf(expected, seed!), 2);
});

test("wand", async () => {
  await page.keyboard.press("m");
  await page.keyboard.press("1");
  const tolerance = Number(await page.getByTestId("canvas").getAttribute("data-wand-tolerance"));
  expect(tolerance).toBeGreaterThan(12);
  const [seed] = await click({ x: 60, y: 45 });
  await expectMask(regionOf(frame, seed!, tolerance), 1);
});

test("live wire follows the edge between clicks", async () => {
  await page.keyboard.press("v");
  await page.keyboard.press("2");
  const corners = await click({ x: 25.5, y: 40 }, { x: 47, y: 20.5 }, { x: 69.5, y: 40 }, { x: 47, y: 59.5 });
  await screenshot(page, "tool-livewire");
  await page.keyboard.press("Enter");
  await expectMask(wiredOf(frame, corners), 2);
});

test("refinements of a whole class are one step each, undone one by one", async () => {
  await page.keyboard.press("2");
  await page.keyboard.press("t");
  await page.keyboard.down("Alt");
  const [from, to] = await drag({ x: 40, y: 40 }, { x: 46, y: 45 });
  await page.keyboard.up("Alt");
  await expectMask(rectangleOf(size, from!, to!), 0);
  const before = { ...expected, data: expected.data.slice() };
  const steps: [string, (mask: LabelMap) => Uint8Array][] = [
    ["Fill holes", filledOf],
    ["Smooth", (mask) => smoothOf(mask, 3)],
    ["Grow", (mask) => growOf(mask, 3)],
  ];
  for (const [name, shape] of steps) {
    await page.getByRole("button", { name, exact: true }).click();
    const inside = shape(maskOf(2));
    expect(inside).not.toEqual(maskOf(2).data);
    reshape(inside, 2);
    await expectStored();
  }
  for (let step = 0; step < steps.length; step++) await page.keyboard.press("Control+z");
  expected.data.set(before.data);
  await expectStored();
});

test("a locked class stays as it is under every tool; a hidden one is not drawn and shows again when it is chosen", async () => {
  await page.keyboard.press("2");
  await page.keyboard.press("t");
  await page.keyboard.press("Alt+Digit2");
  await expect.poll(() => page.getByRole("button", { name: "Lock rim" }).getAttribute("aria-pressed")).toBe("true");
  await drag({ x: 70, y: 10 }, { x: 90, y: 40 });
  await page.keyboard.press("1");
  const over = await drag({ x: 20.5, y: 30.5 }, { x: 60.5, y: 52.5 });
  const box = rectangleOf(size, over[0]!, over[1]!);
  paint(
    box.map((inside, index) => (expected.data[index] === 2 ? 0 : inside)),
    1,
  );
  await expectStored();
  expect(expected.data.filter((value, index) => value === 2 && box[index] === 1).length).toBeGreaterThan(0);
  await page.keyboard.press("Control+z");
  await page.reload();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Lock rim" }).getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.press("Alt+Digit2");
  await page.keyboard.press("Shift+Digit2");
  const hidden = () => page.getByRole("button", { name: "Hide rim" }).getAttribute("aria-pressed");
  await expect.poll(hidden).toBe("true");
  await screenshot(page, "tool-class-hidden");
  await page.keyboard.press("2");
  await expect.poll(hidden).toBe("false");
});

test("the brush changes nothing outside of the range of values", async () => {
  await page.keyboard.press("t");
  for (const key of ["1", "2"]) {
    await page.keyboard.press(key);
    await page.keyboard.down("Alt");
    await drag({ x: 0.2, y: 0.2 }, { x: 95.8, y: 79.8 });
    await page.keyboard.up("Alt");
  }
  expected.data.fill(0);
  await page.getByRole("checkbox", { name: "Paint only on values" }).check();
  await page.getByLabel("Lowest").fill("160");
  await page.getByLabel("Highest").fill("176");
  await page.getByLabel("Highest").press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("b");
  const [from, to] = await drag({ x: 20, y: 38 }, { x: 74, y: 44 });
  const radius = Number(await page.getByTestId("canvas").getAttribute("data-brush-radius"));
  const stroke = strokeOf(size, [from!, to!], radius);
  paint(
    stroke.map((inside, index) => (frame.data[index]! >= 160 && frame.data[index]! <= 176 ? inside : 0)),
    2,
  );
  expect(expected.data.includes(2)).toBe(true);
  await expectStored();
  await page.getByRole("checkbox", { name: "Paint only on values" }).uncheck();
});

test("the tolerance of the wand is a number in the values of the image", async () => {
  await page.getByLabel("Wand tolerance").fill("40");
  await page.getByLabel("Wand tolerance").press("Tab");
  await page.getByRole("toolbar", { name: "Tools" }).getByRole("button", { name: "Magic wand" }).click();
  const [seed] = await click({ x: 60, y: 45 });
  await expectMask(regionOf(frame, seed!, 40), 2);
});

test("a cut parts a shape, a bridge joins the parts", async () => {
  await page.keyboard.press("c");
  const path = await drag({ x: 50, y: 12 }, { x: 48, y: 40 }, { x: 52, y: 72 });
  const whole = expected.data.slice();
  expected.data.set(cutOf(expected, path, 2));
  expect(expected.data).not.toEqual(whole);
  await expectStored();
  await page.keyboard.press("j");
  const ends = await drag({ x: 35.5, y: 38.5 }, { x: 62.5, y: 42.5 });
  const parted = expected.data.slice();
  const radius = Number(await page.getByTestId("canvas").getAttribute("data-brush-radius"));
  expected.data.set(bridgeOf(expected, { from: ends[0]!, to: ends[1]! }, { radius }));
  expect(expected.data).not.toEqual(parted);
  await expectStored();
});

test("lengths, angles and areas stay on the image until they are cleared", async () => {
  await page.keyboard.press("d");
  const [from, to] = await drag({ x: 10, y: 10 }, { x: 40, y: 50 });
  await page.keyboard.press("u");
  await click({ x: 80, y: 10 }, { x: 60, y: 10 }, { x: 60, y: 30 });
  await page.keyboard.press("z");
  await click({ x: 60.5, y: 45.5 });
  const panel = page.getByRole("region", { name: "Measured" });
  const length = Math.hypot(to!.x - from!.x, to!.y - from!.y);
  const area = () => `Area of rim ${expected.data.filter((value) => value === 2).length.toLocaleString("en")} px`;
  const text = async () => (await panel.innerText()).replace(/\s+/g, " ");
  await expect.poll(text).toContain(`Length ${length.toFixed(1)} px`);
  await expect.poll(() => text()).toMatch(/Angle (89\.[5-9]|90\.[0-5])°/);
  await expect.poll(() => text()).toContain(area());
  await screenshot(page, "tool-measures");
  await page.keyboard.press("Control+z");
  await expect.poll(() => page.getByTestId("measures").locator("text").count()).toBe(3);
  await page.keyboard.press("Control+y");
  await expectStored();
  await expect.poll(text).toContain(area());
  await page.getByRole("button", { name: "Clear measurements" }).click();
  await expect.poll(() => page.getByTestId("measures").locator("text").count()).toBe(0);
});

test("snap to edge brings a rough ellipse onto the disc", async () => {
  await page.keyboard.press("t");
  for (const key of ["1", "2"]) {
    await page.keyboard.press(key);
    await page.keyboard.down("Alt");
    await drag({ x: 0.2, y: 0.2 }, { x: 95.8, y: 79.8 });
    await page.keyboard.up("Alt");
  }
  expected.data.fill(0);
  await page.keyboard.press("o");
  const [from, to] = await drag({ x: 27, y: 18 }, { x: 68, y: 62 });
  await expectMask(ellipseOf(size, from!, to!), 2);
  await page.getByRole("button", { name: "Snap to edge" }).click();
  const snapped = snappedOf(frame, maskOf(2), 3);
  expect(snapped).not.toEqual(maskOf(2).data);
  reshape(snapped, 2);
  await expectStored();
  await screenshot(page, "tool-snapped");
});

test("empty slices between two drawn ones are filled as one step, on whichever it is undone; a neighbor is copied", async () => {
  const files = await Promise.all(
    [1, 2, 3, 4].map(async (level) => ({
      name: `stack_${level}.png`,
      mimeType: "image/png",
      buffer: await sharp(new Uint8Array(96 * 80).fill(level), { raw: { ...size, channels: 1 } })
        .png()
        .toBuffer(),
    })),
  );
  await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
  await page.getByTestId("images-files").setInputFiles(files);
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("button", { name: "Show images" }).click();
  const ids = await page.evaluate(async (known) => {
    const rows = (await (await fetch("/api/frames")).json()) as { frameId: number }[];
    const other = rows.find((row) => String(row.frameId) !== known)!;
    const slices = (await (await fetch(`/api/frames/${other.frameId}/slices`)).json()) as { frameId: number }[];
    return slices.map((slice) => String(slice.frameId));
  }, frameId);
  expect(ids).toHaveLength(4);
  const open = async (id: string) => {
    await page.locator(`:not(canvas)[data-frame-id="${id}"]`).click();
    await page.locator(`[data-testid="canvas"][data-frame-id="${id}"]`).waitFor();
    // The bar of the stack comes with the picture; the canvas has its size by the next frame.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  };
  const ends: LabelMap[] = [];
  for (const [id, corners] of [
    [
      ids[0]!,
      [
        { x: 10, y: 10 },
        { x: 30, y: 30 },
      ],
    ],
    [
      ids[3]!,
      [
        { x: 20, y: 20 },
        { x: 60, y: 60 },
      ],
    ],
  ] as const) {
    await open(id);
    await page.keyboard.press("o");
    await page.keyboard.press("1");
    const [from, to] = await drag(...corners);
    const map = createLabelMap(96, 80);
    paint(ellipseOf(size, from!, to!), 1, map);
    await expectStored(map, id);
    ends.push(map);
  }
  await open(ids[1]!);
  await page.keyboard.press("/");
  const filled = [1 / 3, 2 / 3].map((fraction) => ({
    ...size,
    data: betweenOf(ends[0]!, ends[1]!, fraction),
  }));
  await expectStored(filled[0], ids[1]);
  await expectStored(filled[1], ids[2]);
  await page.getByText("2 slices were filled.").waitFor();
  await open(ids[2]!);
  await page.keyboard.press("Control+z");
  for (const id of [ids[1], ids[2]]) await expectStored(createLabelMap(96, 80), id);
  await page.getByText("Taken back on 2 images.").waitFor();
  await screenshot(page, "tool-slices");
  await page.keyboard.press("Control+y");
  for (const index of [0, 1]) await expectStored(filled[index], ids[index + 1]);
  // Stored is not yet shown: until the redo has come back, the screen takes no edits.
  await page.locator("[data-paintable=true]").waitFor();
  await page.keyboard.press(".");
  await expectStored(ends[1], ids[2]);
});
