/**
 * @file Burned-in writing as a person meets it, in the built app and a real Chromium: a warning after the import, rectangles by
 * mouse, a redaction that cannot be undone, and pixels that stay set after a restart.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deserializeFrame } from "../../src-main/voxels/index.ts";
import { drawText } from "../imaging/drawn-text.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const size = { width: 320, height: 240 };
/** Where the writing is drawn, and what holds all of it. */
const writing = { x: 16, y: 10 };
const writingBox = { x: 14, y: 8, width: 200, height: 20 };

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

/** A fan of speckle as of ultrasound, with a line of writing at the top left unless `isBare`. */
async function picture(
  name: string,
  seed: number,
  isBare = false,
): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const { width, height } = size;
  const samples = new Uint8Array(width * height).fill(4);
  for (let y = 40; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInFan = Math.abs(x - 160) < (y - 30) * 0.75 && Math.hypot(x - 160, y - 30) < 200;
      if (isInFan) samples[y * width + x] = 40 + ((x * 7919 + y * 104_729 + seed * 31) % 83);
    }
  }
  if (!isBare) drawText(samples, size, "JANE DOE 1970", writing, 2, 245);
  const buffer = await sharp(samples, { raw: { ...size, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  return { name, mimeType: "image/png", buffer };
}

async function openPage(): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/ERR_CONNECTION|Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(app.url);
}

const canvas = () => page.getByTestId("canvas");
const row = (name: string) => page.locator('[role="option"]', { hasText: name });

async function show(name: string): Promise<string> {
  const frameId = (await row(name).getAttribute("data-frame-id"))!;
  await row(name).click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  return frameId;
}

async function samplesOf(frameId: string): Promise<Uint8Array> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/pixels`)).arrayBuffer())],
    frameId,
  );
  return deserializeFrame(Uint8Array.from(bytes)).data as Uint8Array;
}

const brightIn = (data: Uint8Array, box: typeof writingBox): number => {
  let bright = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) if (data[y * size.width + x]! > 150) bright++;
  }
  return bright;
};

/** Where a pixel of the image is on the screen. */
async function onScreen(x: number, y: number): Promise<{ x: number; y: number }> {
  const box = (await canvas().boundingBox())!;
  const [scale, left, top] = await Promise.all(
    ["data-scale", "data-offset-x", "data-offset-y"].map(async (name) => Number(await canvas().getAttribute(name))),
  );
  return { x: box.x + left! + x * scale!, y: box.y + top! + y * scale! };
}

async function drag(from: [number, number], to: [number, number], { isReleased = true } = {}): Promise<void> {
  const [start, end] = [await onScreen(...from), await onScreen(...to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2);
  await page.mouse.move(end.x, end.y);
  if (isReleased) await page.mouse.up();
}

const rectangles = () => page.getByTestId("redaction-rectangles").locator("li");
const state = (expected: string) => page.locator(`[data-testid="burned-in-state"][data-state="${expected}"]`).waitFor();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-redaction-"));
  browser = await launchChromium();
  app = await startApp(home);
  await openPage();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

test("images with writing are marked in the list, and can be listed alone", async () => {
  await page.getByLabel("Name", { exact: true }).fill("Liver");
  await page.getByLabel("What do you want to outline?").fill("lesion");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
  const files = await Promise.all([1, 2, 3].map((number) => picture(`p01_${number}.png`, number)));
  files.push(await picture("p01_4.png", 4, true));
  await page.getByTestId("images-files").setInputFiles(files);
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.locator('[data-testid="import-report"][data-state="done"]').waitFor();
  await page.getByRole("button", { name: "Show images" }).click();
  await page.locator('[role="option"]').first().waitFor();
  await expect.poll(() => row("p01_1").innerText()).toContain("Likely writing");
  await expect.poll(() => row("p01_4").innerText()).not.toContain("Likely writing");
  await page.getByLabel("Filter by state").selectOption("likely-writing");
  await expect.poll(() => page.locator('[role="option"]').count()).toBe(3);
  await page.getByLabel("Filter by state").selectOption("all");
});

test("a suggestion is accepted by a click, a rectangle drawn by mouse, and the pixels are gone for good", async () => {
  const frameId = await show("p01_1");
  const before = await samplesOf(frameId);
  expect(brightIn(before, writingBox)).toBeGreaterThan(100);
  await screenshot(page, "redaction-notice-light");
  await page.keyboard.press("x");
  await state("likely");
  await page.locator('[data-testid="redaction-overlay"] .suggestion').first().waitFor();
  await screenshot(page, "redaction-suggested-light");
  const on = await onScreen(writing.x + 20, writing.y + 7);
  await page.mouse.click(on.x, on.y);
  await expect.poll(() => rectangles().count()).toBe(1);

  await drag([100, 100], [130, 110], { isReleased: false });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await expect.poll(() => rectangles().count(), { message: "escape drops what is being drawn" }).toBe(1);
  await drag([200, 200], [220, 212]);
  await expect.poll(() => rectangles().count()).toBe(2);
  await screenshot(page, "redaction-rectangles-light");
  await expectAccessible(page);
  await page.keyboard.press("q");
  await page.getByTestId("redaction-preview").first().waitFor();
  await screenshot(page, "redaction-preview-light");
  await expect.poll(() => samplesOf(frameId), { message: "nothing has changed yet" }).toEqual(before);

  await page.keyboard.press("Enter");
  await page.getByText("This cannot be undone").waitFor();
  await screenshot(page, "redaction-confirm-light");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Redact for good" }).click();
  await state("redacted");
  const after = await samplesOf(frameId);
  expect(brightIn(after, writingBox)).toBe(0);
  const drawn = { x: 201, y: 201, width: 18, height: 10 };
  for (let y = drawn.y; y < drawn.y + drawn.height; y++) {
    expect(new Set(after.subarray(y * size.width + drawn.x, y * size.width + drawn.x + drawn.width))).toEqual(
      new Set([4]),
    );
  }
  const changed = after.filter((value, place) => value !== before[place]).length;
  expect(changed).toBeLessThan(220 * 26 + 22 * 14);
  await expect.poll(() => row("p01_1").innerText()).toContain("Redacted");
  await screenshot(page, "redaction-done-light");
});

test("one key says that there is no writing, and it can be taken back", async () => {
  await show("p01_4");
  await state("none-found");
  await page.keyboard.press("n");
  await state("clean");
  await page.getByRole("button", { name: /Take back/ }).click();
  await state("none-found");
});

test("the same rectangles go into all images of the series, and annotations stay", async () => {
  const frameId = await show("p01_2");
  await state("likely");
  await page.keyboard.press("b");
  await drag([150, 150], [180, 160]);
  await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
  const mask = () =>
    page.evaluate(
      async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
      frameId,
    );
  await expect.poll(async () => (await mask()).length).toBeGreaterThan(20);
  const drawn = await mask();
  await page.keyboard.press("x");
  await page.keyboard.press("s");
  await expect.poll(() => rectangles().count()).toBe(1);
  await page.getByRole("radio", { name: "What is around it" }).check();
  await page.getByLabel("In", { exact: true }).selectOption("series");
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await screenshot(page, "redaction-rectangles-dark");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Redact…" }).click();
  await page.getByLabel("I have looked at all 4 images").check();
  await screenshot(page, "redaction-confirm-dark");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Redact for good" }).click();
  await state("redacted");
  for (const name of ["p01_2", "p01_3"]) {
    const id = (await row(name).getAttribute("data-frame-id"))!;
    expect(brightIn(await samplesOf(id), writingBox)).toBe(0);
  }
  await expect.poll(() => mask()).toEqual(drawn);
  await screenshot(page, "redaction-done-dark");
});

test("after a restart the pixels are still set, and no warning is left", async () => {
  await app.killHard();
  await page.close();
  app = await startApp(home);
  await openPage();
  await page.getByRole("button", { name: "Liver" }).click();
  await page.locator('[role="option"]').first().waitFor();
  for (const name of ["p01_1", "p01_2", "p01_3"]) {
    const id = (await row(name).getAttribute("data-frame-id"))!;
    expect(brightIn(await samplesOf(id), writingBox)).toBe(0);
    await expect.poll(() => row(name).innerText()).toContain("Redacted");
  }
});

test("the page had nothing to complain about", () => {
  expect(complaints).toEqual([]);
});
