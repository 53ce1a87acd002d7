/** @file The canvas of a window: a project opened in it, and colors read back from where image pixels stand. */
import type { Browser, Locator, Page } from "playwright-core";
import type { Point } from "../../src-main/voxels/index.ts";
import type { ViewerKind } from "../../src-renderer/canvas/viewer.ts";
import type { RunningApp } from "./app.ts";
import { drawBy } from "./viewer-kind.ts";

export type Rgb = [red: number, green: number, blue: number];

/** A window on a project, drawn by `kind`, or by what the app chooses. */
export async function openWindow(
  { browser, app, path }: { browser: Browser; app: RunningApp; path: string },
  kind: ViewerKind | null = null,
  viewport = { width: 1280, height: 800 },
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> {
  const page = await browser.newPage({ viewport });
  await prepare?.(page);
  page.setDefaultTimeout(8000);
  if (kind !== null) await drawBy(page, kind);
  await page.goto(app.url);
  await page.evaluate(async (path) => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path }) });
  }, path);
  await page.reload();
  await page.locator("[data-frame-id]").first().waitFor();
  return page;
}

/** Opens an image of the list by its name. */
export async function openImage(page: Page, name: string): Promise<string> {
  const row = page.locator("[data-frame-id]:not(canvas)").filter({ hasText: name }).first();
  const frameId = (await row.getAttribute("data-frame-id"))!;
  await row.click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  return frameId;
}

/** Where an image point stands on the page; the view is upright, pixels are squares. */
export async function onPage(canvas: Locator, { x, y }: Point): Promise<Point> {
  const box = (await canvas.boundingBox())!;
  const [scale, left, top] = await placeOf(canvas);
  return { x: box.x + left + x * scale, y: box.y + top + y * scale };
}

/** Colors under image points once two frames were drawn. */
export async function colorsAt(canvas: Locator, points: readonly Point[]): Promise<Rgb[]> {
  const [scale, left, top] = await placeOf(canvas);
  return canvas.evaluate(
    async (element, { points, scale, left, top }) => {
      for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
      const source = element as HTMLCanvasElement;
      const copy = new OffscreenCanvas(source.width, source.height).getContext("2d")!;
      copy.drawImage(source, 0, 0);
      return points.map(
        ({ x, y }) =>
          [...copy.getImageData(Math.floor(left + x * scale), Math.floor(top + y * scale), 1, 1).data].slice(
            0,
            3,
          ) as Rgb,
      );
    },
    { points, scale, left, top },
  );
}

async function placeOf(canvas: Locator): Promise<[scale: number, left: number, top: number]> {
  const number = async (name: string): Promise<number> => Number(await canvas.getAttribute(`data-${name}`));
  return [await number("scale"), await number("offset-x"), await number("offset-y")];
}
