/** @file The data screen with 4000 images: pictures wait while the list flies by, and come where it stops. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeLargeProject } from "../bench/workspace/large-project.ts";
import { type RunningApp, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const IMAGES = 4000;
const FLICK_FRAMES = 30;

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-"));
  const file = join(home, "long.aliquot");
  await makeLargeProject(file, IMAGES);
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
  await page.getByRole("button", { name: "Open project" }).waitFor();
  await page.evaluate(async (path) => {
    const headers = { "content-type": "application/json" };
    await fetch("/api/project/open", { method: "POST", body: JSON.stringify({ path }), headers });
  }, file);
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Moves the list by so many of its own heights a frame. */
function scroll(list: string, { frames, heights }: { frames: number; heights: number }): Promise<void> {
  return page.getByTestId(list).evaluate(
    async (element, { frames, heights }) => {
      for (let index = 0; index < frames; index++) {
        element.scrollTop += heights * element.clientHeight;
        await new Promise((drawn) => requestAnimationFrame(drawn));
      }
    },
    { frames, heights },
  );
}

test.for([
  { view: "Grid", list: "frame-grid" },
  { view: "Table", list: "frame-table" },
])("$view: a flick asks for no pictures on its way", async ({ view, list }) => {
  await page.getByRole("button", { name: view, exact: true }).click();
  const pictures = page.getByTestId(list).locator("img");
  await expect.poll(() => pictures.count()).toBeGreaterThan(5);
  const asked: string[] = [];
  const note = (request: { url(): string }): void => {
    if (request.url().includes("thumbnail")) asked.push(request.url());
  };
  page.on("request", note);
  await scroll(list, { frames: FLICK_FRAMES, heights: 1.5 });
  const onTheWay = asked.length;
  await expect.poll(() => pictures.count()).toBeGreaterThan(5);
  const inSight = await pictures.count();
  // The first two moves may still ask: they could be a page turned by hand.
  expect(onTheWay).toBeLessThanOrEqual(3 * inSight);
  await expect
    .poll(() => pictures.evaluateAll((all) => all.every((img) => (img as HTMLImageElement).naturalWidth > 0)))
    .toBe(true);
  page.off("request", note);
});

test("a list moved by less than its height keeps its pictures", async () => {
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await scroll("frame-grid", { frames: FLICK_FRAMES, heights: 0.2 });
  await expect.poll(() => page.getByTestId("frame-grid").locator("img").count()).toBeGreaterThan(5);
});
