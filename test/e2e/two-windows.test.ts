/** @file Two windows of one app on one image: what either paints is stored, and shown, and undone. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeLabelMap, type Point } from "../../src-main/voxels/index.ts";
import { type RunningApp, startApp } from "./app.ts";
import { onPage, openImage, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");
const side = 32;

let home: string;
let browser: Browser;
let app: RunningApp;
let path: string;
let here: Page;
let there: Page;
let frameId: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-two-"));
  path = join(home, "two.aliquot");
  const files = join(home, "files");
  mkdirSync(files);
  const raw = { width: side, height: side, channels: 1 } as const;
  const grey = await sharp(Buffer.alloc(side * side, 90), { raw })
    .png()
    .toBuffer();
  writeFileSync(join(files, "p01_1.png"), grey);
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  cli("new", path, "--classes", "lesion,organ");
  cli("import", path, files);
  browser = await launchChromium();
  app = await startApp(home);
  [here, there] = [await openWindow({ browser, app, path }), await openWindow({ browser, app, path })];
  for (const page of [here, there]) {
    frameId = await openImage(page, "p01_1.png");
    await page.keyboard.press("b");
    for (let press = 0; press < 24; press++) await page.keyboard.press("[");
  }
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A line of the brush from pixel to pixel. */
async function stroke(page: Page, from: Point, to: Point): Promise<void> {
  const canvas = page.getByTestId("canvas");
  const [start, end] = [await onPage(canvas, from), await onPage(canvas, to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y);
  await page.mouse.up();
}

const row = (page: Page, at: number): Promise<void> => stroke(page, { x: 4.5, y: at + 0.5 }, { x: 20.5, y: at + 0.5 });
const saved = (page: Page): Promise<void> => page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();

/** Rows that hold something, and what. */
async function stored(): Promise<Record<number, number>> {
  const bytes = await here.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  if (bytes.length === 0) return {};
  const { data } = decodeLabelMap(Uint8Array.from(bytes));
  const rows = Array.from({ length: side }, (_, y) => [y, data[y * side + 12]!] as const);
  return Object.fromEntries(rows.filter(([, value]) => value !== 0));
}

test("strokes of both windows are stored and shown; undo takes one after the other back", async () => {
  await row(here, 4);
  await saved(here);
  await there.keyboard.press("2");
  // Painted without having seen the other's; the second before the first was answered.
  await row(there, 10);
  await row(there, 16);
  await expect.poll(stored).toEqual({ 4: 1, 10: 2, 16: 2 });
  await there.getByText("What you drew was added to it").waitFor();
  await row(here, 22);
  await expect.poll(stored).toEqual({ 4: 1, 10: 2, 16: 2, 22: 1 });
  await here.getByText("What you drew was added to it").waitFor();
  await saved(here);
  const counts: object[] = [];
  for (let step = 0; step < 3; step++) {
    await here.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
    const before = JSON.stringify(await stored());
    await here.keyboard.press("Control+z");
    await expect.poll(async () => JSON.stringify(await stored())).not.toBe(before);
    counts.push(await stored());
  }
  expect(counts).toEqual([{ 4: 1, 10: 2, 16: 2 }, { 4: 1, 10: 2 }, { 4: 1 }]);
});

test("an undo of what the other window has changed does nothing, and says so", async () => {
  await row(here, 28);
  await expect.poll(stored).toEqual({ 4: 1, 28: 1 });
  await there.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
  await there.keyboard.press("Control+z");
  await there.getByText("nothing was undone").waitFor();
  await expect.poll(() => stored()).toEqual({ 4: 1, 28: 1 });
});

test("a stroke of a class that was deleted in the other window waits, and undo takes it back", async () => {
  await here.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/api/classes", { method: "POST", headers, body: JSON.stringify({ name: "soon gone" }) });
  });
  await there.getByText("soon gone").first().waitFor();
  await there.keyboard.press("3");
  await here.evaluate(async () => void (await fetch("/api/classes/3", { method: "DELETE" })));
  const before = await stored();
  await row(there, 14);
  await there.getByTestId("save-trouble").getByText("a class that the project does not have").waitFor();
  await expect.poll(() => stored()).toEqual(before);
  await there.keyboard.press("Control+z");
  await there.getByTestId("save-trouble").waitFor({ state: "detached" });
  await there.keyboard.press("1");
  await row(there, 14);
  await expect.poll(stored).toEqual({ ...before, 14: 1 });
});
