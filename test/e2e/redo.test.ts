/** @file Redo while a stroke on another image is still on its way to the project, in the built app: it waits for that stroke and then acts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { writeImages } from "../api/fixture.ts";
import { type RunningApp, startApp } from "./app.ts";
import { onPage, openImage, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-redo-"));
  const path = join(home, "redo.aliquot");
  const { images } = await writeImages(home, 1);
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  cli("new", path, "--classes", "lesion");
  cli("import", path, images, "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
  page = await openWindow({ browser, app, path });
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const canvas = () => page.getByTestId("canvas");
const saved = () => page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
const redo = () => page.getByRole("button", { name: "Redo", exact: true });

/** Presses once with the brush. */
async function dab(): Promise<void> {
  await page.keyboard.press("b");
  const { x, y } = await onPage(canvas(), { x: 32, y: 32 });
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
}

async function pixelsDrawn(frameId: string): Promise<number> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  return decodeLabelMap(Uint8Array.from(bytes)).data.filter((value) => value === 1).length;
}

test("redo acts on the image in sight while a stroke on another one is on its way", async () => {
  const second = await openImage(page, "p1_1.png");
  await dab();
  await saved();
  const drawn = await pixelsDrawn(second);
  expect(drawn).toBeGreaterThan(0);
  await page.keyboard.press("Control+z");
  await expect.poll(() => pixelsDrawn(second)).toBe(0);

  const first = await openImage(page, "p1_0.png");
  const held: Route[] = [];
  await page.route(`**/api/frames/${first}/mask?*`, (route) => {
    if (route.request().method() === "PUT") held.push(route);
    else void route.continue();
  });
  await dab();
  await expect.poll(() => held.length).toBe(1);
  await openImage(page, "p1_1.png");
  await page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
  await expect.poll(() => redo().isEnabled()).toBe(true);
  await page.keyboard.press("Control+y");
  // It comes after the stroke, which may be part of what is done again.
  expect([held.length, await pixelsDrawn(second)]).toEqual([1, 0]);
  await held[0]!.continue();
  await expect.poll(() => pixelsDrawn(second)).toBe(drawn);
  await expect.poll(() => pixelsDrawn(first)).toBe(drawn);
  await saved();
  await expect.poll(() => redo().isEnabled()).toBe(false);
});
