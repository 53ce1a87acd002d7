/**
 * @file An image wider than a texture of the software GL (8192 pixels): drawn in tiles without a seam, painted across them, and gone over by
 * the map in the corner.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { colorsAt, onPage, openImage, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");
const [width, height] = [9000, 300];
/** Neighbors differ, and so do the two sides of any seam. */
const levelAt = (x: number, y: number): number => (x * 3 + y * 5 + (x >> 6)) % 200;

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-large-"));
  const pixels = Uint8Array.from({ length: width * height }, (_, at) => levelAt(at % width, Math.floor(at / width)));
  await sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toFile(join(home, "strip.png"));
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const path = join(home, "large.aliquot");
  cli("new", path, "--classes", "lesion");
  cli("import", path, join(home, "strip.png"), "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
  page = await openWindow({ browser, app, path }, "webgl");
  await openImage(page, "strip.png");
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const canvas = () => page.getByTestId("canvas");
const minimap = () => page.getByTestId("minimap");
/** Column of the image in the middle of the canvas. */
async function middleColumn(): Promise<number> {
  const [scale, left] = await Promise.all(
    ["data-scale", "data-offset-x"].map(async (name) => Number(await canvas().getAttribute(name))),
  );
  return ((await canvas().boundingBox())!.width / 2 - left!) / scale!;
}

test("it is drawn by WebGL; the map comes with the first zoom, and a click and a drag in it move the view", async () => {
  await expect.poll(() => canvas().getAttribute("data-viewer")).toBe("webgl");
  await expect.poll(() => minimap().count()).toBe(0);
  for (let press = 0; press < 22; press++) await page.keyboard.press("+");
  const box = (await minimap().boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
  await expect.poll(middleColumn).toBeGreaterThan(6650);
  await expect.poll(() => middleColumn()).toBeLessThan(6850);
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  await expect.poll(async () => Math.abs((await middleColumn()) - 4500)).toBeLessThan(70);
});

test("pixels on both sides of the seam are those of the file", async () => {
  while (Number(await canvas().getAttribute("data-scale")) < 8) await page.keyboard.press("+");
  // By keyboard until the seam between the tiles is in the middle.
  for (let press = 0; press < 40 && Math.abs((await middleColumn()) - 4500) > 10; press++) {
    await page.keyboard.press((await middleColumn()) < 4500 ? "Alt+ArrowRight" : "Alt+ArrowLeft");
  }
  expect(Math.abs((await middleColumn()) - 4500)).toBeLessThan(12);
  const points = Array.from({ length: 40 }, (_, at) => ({ x: 4480.5 + at, y: 150.5 }));
  const levels = (await colorsAt(canvas(), points)).map(([red]) => red);
  points.forEach(({ x, y }, at) =>
    expect(Math.abs(levels[at]! - levelAt(Math.floor(x), Math.floor(y))), `column ${x}`).toBeLessThanOrEqual(1),
  );
});

test("a stroke across the seam shows on both sides, with no outline between", async () => {
  await page.keyboard.press("b");
  for (let press = 0; press < 12; press++) await page.keyboard.press("[");
  const [from, to] = [await onPage(canvas(), { x: 4490, y: 150 }), await onPage(canvas(), { x: 4510, y: 150 })];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
  await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
  const along = Array.from({ length: 20 }, (_, at) => ({ x: 4490.5 + at, y: 150.5 }));
  const colors = await colorsAt(canvas(), along);
  // Fill, 0.4 of the class over a level; an outline would leave next to nothing of the level.
  const share = colors.map(([red, green, blue], at) =>
    [red, green, blue].map((each) => each - 0.6 * levelAt(4490 + at, 150)),
  );
  for (const each of share) each.forEach((channel, at) => expect(Math.abs(channel - share[0]![at]!)).toBeLessThan(3));
  expect(colors.every(([red, , blue]) => red !== blue)).toBe(true);
  await screenshot(page, "minimap-light");
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(300);
  await screenshot(page, "minimap-dark");
});
