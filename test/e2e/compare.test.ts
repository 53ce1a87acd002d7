/**
 * @file Two pictures with one view, in the built app: side by side, as a checkerboard and under a divider. What is seen is read from
 * screenshots of the page, since the two canvases are composed by the browser.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { openImage, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");
const [dark, bright] = [60, 180];

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-compare-"));
  const files = join(home, "files");
  mkdirSync(files);
  for (const [name, level, side] of [
    ["dark", dark, 64],
    ["bright", bright, 128],
  ] as const) {
    // One corner of each is black and one white, so that the window is the same.
    const pixels = Uint8Array.from({ length: side * side }, (_, at) => (at === 0 ? 0 : at === 1 ? 255 : level));
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toFile(join(files, `${name}.png`));
  }
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const path = join(home, "compare.aliquot");
  cli("new", path, "--classes", "lesion");
  cli("import", path, files, "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
  page = await openWindow({ browser, app, path });
  await openImage(page, "bright.png");
  await page.keyboard.press("Shift+P");
  await openImage(page, "dark.png");
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const canvas = () => page.getByTestId("canvas");
const other = () => page.getByTestId("compare-canvas");
const divider = () => page.getByRole("separator", { name: "Divider between the two pictures" });

/** Grey levels of the page at parts of the width of the first canvas, half way down, or at `down` of its height. */
async function levelsAcross(parts: readonly number[], down = 0.5): Promise<number[]> {
  await page.mouse.move(2, 2);
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done));
  });
  const box = (await canvas().boundingBox())!;
  const { data, info } = await sharp(await page.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return parts.map((part) => {
    const [x, y] = [Math.round(box.x + part * box.width), Math.round(box.y + down * box.height)];
    return data[3 * (y * info.width + x)]!;
  });
}

test("side by side: the pinned image shows the same part of itself, and follows zoom and pan from either side", async () => {
  await page.keyboard.press("Shift+D");
  await other().waitFor();
  const view = async () => {
    const read = async (of: typeof canvas, name: string) => Number(await of().getAttribute(`data-${name}`));
    const [scale, left, width] = [await read(canvas, "scale"), await read(canvas, "offset-x"), 64];
    const second = [await read(other, "scale"), await read(other, "offset-x"), 128] as const;
    return {
      scale,
      left,
      right: left + scale * width,
      otherLeft: second[1],
      otherRight: second[1] + second[0] * second[2],
    };
  };
  const expectLinked = async () => {
    await expect.poll(async () => (await view()).otherLeft - (await view()).left).toBeCloseTo(0, 3);
    const { right, otherRight } = await view();
    expect(otherRight).toBeCloseTo(right, 3);
  };
  await expectLinked();
  const before = await view();
  const box = (await other().boundingBox())!;
  await page.mouse.move(box.x + 100, box.y + 200);
  await page.mouse.wheel(0, -200);
  await expect.poll(async () => (await view()).scale).toBeGreaterThan(before.scale);
  await expectLinked();
  const zoomed = await view();
  await page.mouse.down();
  await page.mouse.move(box.x + 130, box.y + 220, { steps: 2 });
  await page.mouse.up();
  await expect.poll(async () => Math.round((await view()).left - zoomed.left)).toBe(30);
  await expectLinked();
  await page.keyboard.press("f");
  await expectLinked();
  await screenshot(page, "compare-side-light");
  await expectAccessible(page);
});

test("the window is linked", async () => {
  await page.getByLabel("Center").fill("100");
  await page.getByLabel("Center").blur();
  await expect.poll(() => other().getAttribute("data-window-center")).toBe("100");
  await page.keyboard.press("r");
  await page.keyboard.press("Shift+D");
  await other().waitFor({ state: "detached" });
});

test("swipe: left of the divider is the image, right of it the other; the divider goes by keyboard and by mouse", async () => {
  await page.keyboard.press("Shift+W");
  await other().waitFor();
  await expect.poll(() => levelsAcross([0.3, 0.7]), { timeout: 5000 }).toEqual([dark, bright]);
  await divider().focus();
  for (let press = 0; press < 3; press++) await page.keyboard.press("PageDown");
  await expect.poll(() => divider().getAttribute("aria-valuenow")).toBe("80");
  await expect.poll(() => levelsAcross([0.3, 0.7, 0.85])).toEqual([dark, dark, bright]);
  await page.keyboard.press("Home");
  await expect.poll(() => levelsAcross([0.3, 0.7])).toEqual([bright, bright]);
  const box = (await canvas().boundingBox())!;
  await page.mouse.move(box.x + 1, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 100, { steps: 3 });
  await page.mouse.up();
  await expect.poll(() => levelsAcross([0.55, 0.65])).toEqual([dark, bright]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(300);
  await screenshot(page, "compare-swipe-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForTimeout(300); // colours fade
  await expectAccessible(page);
});

test("checkerboard: squares of both alternate, and a stroke lands on the image below", async () => {
  await page.keyboard.press("Shift+B");
  await other().waitFor();
  const parts = Array.from({ length: 60 }, (_, at) => 0.1 + (0.8 * at) / 60);
  await expect.poll(async () => new Set(await levelsAcross(parts)).size, { timeout: 5000 }).toBeGreaterThan(1);
  const levels = await levelsAcross(parts);
  expect(levels.filter((level) => level === dark).length).toBeGreaterThan(20);
  expect(levels.filter((level) => level === bright).length).toBeGreaterThan(20);
  await screenshot(page, "compare-checker-light");
  await page.keyboard.press("b");
  const box = (await canvas().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.up();
  await page.locator("[data-frame-id]:not(canvas)").filter({ hasText: "dark.png" }).getByText("Annotated").waitFor();
});

test("one image is compared with itself without its labels", async () => {
  await page.getByRole("combobox", { name: "With" }).selectOption("This image without labels");
  await page.keyboard.press("Shift+W");
  await divider().focus();
  await page.keyboard.press("Home");
  await expect.poll(() => levelsAcross([0.5]), { timeout: 5000 }).toEqual([dark]);
  await page.keyboard.press("End");
  await expect.poll(async () => (await levelsAcross([0.5]))[0]).not.toBe(dark);
});
