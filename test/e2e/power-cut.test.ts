/** @file The app is killed while the brush is down: all finished strokes are there, and undo leads through all of them and back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { createProject } from "../../src-main/project/index.ts";
import { newImage } from "../project/fixture.ts";
import { startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const size = { width: 64, height: 48 };
const STROKES = 8;

async function makeProject(path: string): Promise<number> {
  const png = await sharp(new Uint8Array(size.width * size.height).fill(90), { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer();
  const { frames, ...image } = newImage("slice", { caseName: "p", thumbnail: png });
  const project = createProject(path, { classes: ["lesion"] });
  const { frameIds } = project.images.add({ ...image, sourceBytes: png, frames: [{ ...frames[0]!, ...size }] });
  project.close();
  return frameIds[0]!;
}

async function open(page: Page, url: string, path: string): Promise<void> {
  await page.goto(url);
  await page.evaluate(async (project) => {
    const headers = { "content-type": "application/json" };
    await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path: project }) });
  }, path);
  await page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
}

/** What the project holds for the frame, as text. */
function mask(page: Page, frameId: number): Promise<string> {
  return page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())].join(),
    frameId,
  );
}

test("a kill in mid-stroke costs that stroke alone", async () => {
  const home = mkdtempSync(join(tmpdir(), "aliquot-power-cut-"));
  const browser = await launchChromium();
  let app = await startApp(home);
  onTestFinished(async () => {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const path = join(home, "cut.aliquot");
  const frameId = await makeProject(path);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await open(page, app.url, path);
  await page.keyboard.press("b");
  const box = (await page.getByTestId("canvas").boundingBox())!;
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  const states = [await mask(page, frameId)];
  for (let stroke = 0; stroke < STROKES; stroke++) {
    await page.mouse.move(...at(0.3, 0.3 + stroke * 0.05));
    await page.mouse.down();
    await page.mouse.move(...at(0.4 + stroke * 0.03, 0.4 + stroke * 0.02), { steps: 3 });
    await page.mouse.up();
    await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
    await expect.poll(() => mask(page, frameId)).not.toBe(states.at(-1));
    states.push(await mask(page, frameId));
  }
  await page.mouse.move(...at(0.7, 0.2));
  await page.mouse.down();
  await page.mouse.move(...at(0.7, 0.8), { steps: 5 });
  await app.killHard();
  await page.mouse.up();

  app = await startApp(home);
  await open(page, app.url, path);
  await expect.poll(() => mask(page, frameId)).toBe(states.at(-1));
  for (const state of states.slice(0, -1).toReversed()) {
    await page.keyboard.press("Control+z");
    await expect.poll(() => mask(page, frameId)).toBe(state);
  }
  await expect.poll(() => page.getByRole("button", { name: "Undo", exact: true }).isEnabled()).toBe(false);
  for (const state of states.slice(1)) {
    await page.keyboard.press("Control+y");
    await expect.poll(() => mask(page, frameId)).toBe(state);
  }
});
