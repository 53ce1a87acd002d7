/**
 * @file The main job as a person does it, in the built app and a real Chromium: create, import, paint, undo, redo, power
 * cut, train, review by keyboard, export. Pictures of each screen stay in test/output.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const cardiac = resolve(import.meta.dirname, "../fixtures/cardiac");

/** The pictures under names that can hold no name of a person: others would be stored as pseudonyms. */
const named = mkdtempSync(join(tmpdir(), "aliquot-e2e-pictures-"));
const fixtureOf: Record<string, string> = { p01: "P1_HYP01", p02: "P1_N40", p03: "P1_N03", p04: "P1_HYP03" };

/** The first slices of a patient. */
function slices(folder: "images" | "masks", patient: string, count: number): string[] {
  const fixture = fixtureOf[patient]!;
  const names = readdirSync(join(cardiac, folder)).filter((name) => name.startsWith(`${fixture}_`));
  mkdirSync(join(named, folder), { recursive: true });
  return names
    .toSorted()
    .slice(0, count)
    .map((name) => {
      const copy = join(named, folder, name.replace(fixture, patient));
      copyFileSync(join(cardiac, folder, name), copy);
      return copy;
    });
}

const labelled = { p01: 4, p02: 2, p03: 2 };
const unlabelled = { p04: 3 };
const images = Object.entries({ ...labelled, ...unlabelled }).flatMap(([patient, count]) =>
  slices("images", patient, count),
);
const masks = Object.entries(labelled).flatMap(([patient, count]) => slices("masks", patient, count));

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
/** What the page reported that it should not have. */
const complaints: string[] = [];

async function openPage(): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/ERR_CONNECTION|Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(app.url);
}

const go = (place: string) => page.getByRole("navigation").getByRole("button", { name: place }).click();
const canvas = () => page.getByTestId("canvas");
const saved = () => page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();

/** The stored annotation of the frame on screen, read as the interface reads it. */
async function storedMask(frameId: string): Promise<Uint8Array> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  return decodeLabelMap(Uint8Array.from(bytes)).data;
}

const painted = (data: Uint8Array): number => data.filter((value) => value !== 0).length;

/** Pixels whose center lies within `radius` of the segment: written here a second time, on purpose. */
function strokeReference(
  width: number,
  height: number,
  [ax, ay]: number[],
  [bx, by]: number[],
  radius: number,
): Uint8Array {
  const map = new Uint8Array(width * height);
  const [dx, dy] = [bx! - ax!, by! - ay!];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [px, py] = [column + 0.5 - ax!, row + 0.5 - ay!];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy)));
      if ((px - along * dx) ** 2 + (py - along * dy) ** 2 <= radius ** 2) map[row * width + column] = 1;
    }
  }
  return map;
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-"));
  browser = await launchChromium();
  app = await startApp(home);
  await openPage();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
  rmSync(named, { recursive: true });
});

let stroke: Uint8Array;
let strokeFrame: string;
let strokeName: string;

test("a new project is created and images are imported with their masks", async () => {
  await page.getByRole("button", { name: "Open the demo" }).waitFor();
  await screenshot(page, "start-light");
  await expectAccessible(page);
  await page.getByLabel("Name", { exact: true }).fill("Heart");
  await page.getByLabel("What do you want to outline?").fill("left ventricle");
  await page.getByRole("button", { name: "Create project" }).click();
  await go("Import");
  await page.getByTestId("images-files").setInputFiles([...images, resolve(cardiac, "../README.md")]);
  await page.getByTestId("masks-files").setInputFiles(masks);
  await screenshot(page, "import");
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.locator('[data-testid="import-report"][data-state="done"]').waitFor();
  await screenshot(page, "import-report");
  const report = await page.getByTestId("import-report").innerText();
  expect(report).toContain(`${images.length} images`);
  expect(report).toContain(`${masks.length} masks`);
  expect(report, "what is not an image is named with a reason").toContain("README.md");
  await page.getByRole("button", { name: "Show images" }).click();
  await page.locator("[data-frame-id]").first().waitFor();
});

test("a stroke of the mouse is stored pixel by pixel, undone and redone by keyboard", async () => {
  const row = page.locator("[data-frame-id]", { hasText: "p04" }).first();
  await row.click();
  strokeFrame = (await row.getAttribute("data-frame-id"))!;
  strokeName = /p04_\d+/.exec(await row.innerText())![0];
  await page.locator(`[data-testid="canvas"][data-frame-id="${strokeFrame}"]`).waitFor();
  await page.keyboard.press("b");
  const box = (await canvas().boundingBox())!;
  const [from, to] = [
    { x: Math.round(box.x + box.width * 0.45), y: Math.round(box.y + box.height * 0.45) },
    { x: Math.round(box.x + box.width * 0.58), y: Math.round(box.y + box.height * 0.6) },
  ];
  const attribute = async (name: string) => Number(await canvas().getAttribute(name));
  const [scale, offsetX, offsetY, radius] = [
    await attribute("data-scale"),
    await attribute("data-offset-x"),
    await attribute("data-offset-y"),
    await attribute("data-brush-radius"),
  ];
  const inImage = (point: { x: number; y: number }) => [
    (point.x - box.x - offsetX!) / scale!,
    (point.y - box.y - offsetY!) / scale!,
  ];
  stroke = strokeReference(256, 256, inImage(from), inImage(to), radius!);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
  await saved();
  await expect.poll(() => storedMask(strokeFrame).then(painted)).toBe(painted(stroke));
  await expect.poll(() => storedMask(strokeFrame)).toEqual(stroke);
  await screenshot(page, "annotate-light");
  await expectAccessible(page);

  await page.keyboard.press("Control+z");
  await expect.poll(() => storedMask(strokeFrame).then(painted)).toBe(0);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => storedMask(strokeFrame).then(painted)).toBe(painted(stroke));
});

test("after kill -9 the stroke is there, and can still be undone", async () => {
  await app.killHard();
  await page.close();
  app = await startApp(home);
  await openPage();
  await page.getByRole("button", { name: "Heart" }).click();
  await page.locator(`[data-frame-id="${strokeFrame}"]`).first().click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${strokeFrame}"]`).waitFor();
  await expect.poll(() => storedMask(strokeFrame)).toEqual(stroke);
  await expect.poll(() => page.getByRole("button", { name: "Undo", exact: true }).isEnabled()).toBe(true);
  await page.keyboard.press("Control+z");
  await expect.poll(() => storedMask(strokeFrame).then(painted)).toBe(0);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => storedMask(strokeFrame).then(painted)).toBe(painted(stroke));
  await expect.poll(() => storedMask(strokeFrame)).toEqual(stroke);
});

test("patients are split, a few steps are trained and the curve moves", async () => {
  await go("Data");
  await page.getByRole("tab", { name: "Split" }).click();
  for (const [patient, split] of Object.entries({
    p01: "train",
    p02: "val",
    p03: "test",
    p04: "unlabelled",
  })) {
    await page.getByLabel(`Split of ${patient}`).selectOption(split);
  }
  await expect.poll(() => page.locator('[data-split="train"] strong').innerText()).toBe("1");
  await screenshot(page, "split");
  await expectAccessible(page);
  await go("Train");
  await page.locator("form summary").click();
  for (const [name, value] of Object.entries({
    size: 64,
    width: 8,
    depth: 3,
    steps: 40,
    batchSize: 4,
    validateEvery: 10,
  })) {
    await page.locator(`input[name="${name}"]`).fill(String(value));
  }
  await page.getByRole("button", { name: "Start training" }).click();
  await page.getByText("Validation Dice 0.").first().waitFor({ timeout: 120_000 });
  await screenshot(page, "train");
  await expectAccessible(page);
  const runs = await page.evaluate(async () => (await fetch("/api/runs")).json());
  const { metrics } = await page.evaluate(async (id) => (await fetch(`/api/runs/${id}`)).json(), runs[0].runId);
  const losses = metrics
    .filter(({ name }: { name: string }) => name === "loss")
    .map(({ value }: { value: number }) => value);
  expect(losses.length).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan(losses[0]);
});

test("proposals are reviewed by keyboard, and what was painted by hand is not proposed again", async () => {
  await go("Train");
  await page.getByRole("button", { name: "Propose masks for unlabelled images" }).first().click();
  await go("Review");
  await page.getByTestId("expected-dice").waitFor({ timeout: 120_000 });
  const list = (state: string) =>
    page.evaluate(async (name) => (await fetch(`/api/proposals?state=${name}`)).json(), state);
  await expect.poll(async () => (await list("pending")).length, { timeout: 60_000 }).toBe(2);
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
  await screenshot(page, "review-light");
  await expectAccessible(page);
  const first = await canvas().getAttribute("data-frame-id");
  await page.keyboard.press("a");
  await expect.poll(async () => (await list("accepted")).length).toBe(1);
  await page.locator(`[data-testid="canvas"][data-frame-id]:not([data-frame-id="${first}"])`).waitFor();
  await page.keyboard.press("x");
  await expect.poll(async () => (await list("rejected")).length).toBe(1);
  const [{ frameId }] = await list("accepted");
  const rows = await page.evaluate(async () => (await fetch("/api/frames")).json());
  expect(rows.find((row: { frameId: number }) => row.frameId === frameId).annotation).toBe("accepted");
});

test("the test patients are measured", async () => {
  await go("Train");
  await page.getByRole("button", { name: "Evaluate on test" }).first().click();
  await page.getByText("Mean of 2 images, 1 case").waitFor({ timeout: 120_000 });
  await screenshot(page, "evaluation");
});

test("the exported PNG is what was painted, pixel by pixel", async () => {
  const folder = join(home, "masks-out");
  await go("Export");
  await page.locator('input[name="format"][value="png"]').check();
  await page.getByLabel("Folder", { exact: true }).fill(folder);
  await page.getByRole("button", { name: "Export", exact: true }).last().click();
  await page.getByTestId("export-report").waitFor();
  await screenshot(page, "export");
  await expectAccessible(page);
  const { data, info } = await sharp(join(folder, `${strokeName}.png`))
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([256, 256, 1]);
  expect(Uint8Array.from(data)).toEqual(stroke.map((value) => value * 255));
});

test("the dark theme has every screen too", async () => {
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await go("Annotate");
  await page.locator(`[data-frame-id="${strokeFrame}"]`).first().click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${strokeFrame}"]`).waitFor();
  await screenshot(page, "annotate-dark");
  await expectAccessible(page);
  await go("Train");
  await screenshot(page, "train-dark");
  await expectAccessible(page);
});

test("the demo opens with its images, some of them annotated", async () => {
  await go("Annotate");
  const picture = page.locator("[data-frame-id] img").first();
  const address = await picture.getAttribute("src");
  await page.getByRole("button", { name: "Close project" }).click();
  await page.getByRole("button", { name: "Open the demo" }).click();
  await page.locator("[data-frame-id]:not(canvas)").first().waitFor({ timeout: 60_000 });
  await expect
    .poll(() => page.evaluate(async () => (await (await fetch("/api/frames")).json()).length), { timeout: 60_000 })
    .toBe(200);
  await expect
    .poll(() => picture.getAttribute("src"), { message: "a page shows pictures it knows by their address" })
    .not.toBe(address);
  await screenshot(page, "demo-dark");
});

test("the page had nothing to complain about", () => {
  expect(complaints).toEqual([]);
});
