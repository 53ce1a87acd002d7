/** @file Labels of images and patients by keyboard in the built app: what keys say is stored, undone, kept over a kill. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
/** In the order of the list; the first two are of one patient. */
let frameIds: string[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-labels-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
  await page.getByLabel("Name", { exact: true }).fill("Grades");
  await page.getByLabel("What do you want to outline?").fill("lesion");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
  const files = await Promise.all(
    ["anna_1", "anna_2", "ben_1", "cleo_1"].map(async (name, index) => ({
      name: `${name}.png`,
      mimeType: "image/png",
      buffer: await sharp(
        new Uint8Array(64 * 64).map((_, at) => 60 * index + (at % 61)),
        {
          raw: { width: 64, height: 64, channels: 1 },
        },
      )
        .png()
        .toBuffer(),
    })),
  );
  await page.getByTestId("images-files").setInputFiles(files);
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("button", { name: "Show images" }).click();
  const rows = page.locator("[data-frame-id]");
  await rows.nth(3).waitFor();
  frameIds = await page
    .locator("[role=option][data-frame-id]")
    .evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.frameId!));
  await rows.first().click();
  await shown(0);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const shown = (index: number) =>
  page.locator(`[data-testid="canvas"][data-frame-id="${frameIds[index]}"]`).waitFor({ timeout: 10_000 });
const panel = () => page.getByRole("region", { name: "Image labels" });
const graded = (text: string) => panel().getByText(text).waitFor({ timeout: 10_000 });

async function define(fill: (dialog: ReturnType<Page["getByRole"]>) => Promise<void>): Promise<void> {
  await panel().getByRole("button", { name: "Add label" }).click();
  const dialog = page.getByRole("dialog");
  await fill(dialog);
  await dialog.getByRole("button", { name: "Save label" }).click();
  await dialog.waitFor({ state: "detached" });
}

test("digits grade image after image; undo goes back to the image that it changes", async () => {
  await define(async (dialog) => {
    await dialog.getByLabel("Name", { exact: true }).fill("Severity");
    await dialog.getByLabel("Kind").selectOption("grade");
    await dialog.getByLabel("Grades, lowest first").fill("none\nmild\nsevere");
    // Everything is the lowest grade or higher: no threshold.
    expect(await dialog.getByRole("group", { name: "Something is done from" }).getByRole("checkbox").count()).toBe(2);
    await dialog.getByLabel("severe or higher").check();
    await expectAccessible(page);
  });
  const [severity] = await page.evaluate(async () => (await fetch("/api/labels")).json() as Promise<unknown[]>);
  expect(severity).toMatchObject({ options: ["none", "mild", "severe"], thresholds: ["severe"] });
  await page.getByTestId("canvas").hover();
  await page.keyboard.press("Shift+G");
  await panel().getByText("Keys choose values now").waitFor();
  await page.keyboard.press("3");
  await shown(1);
  await page.keyboard.press("1");
  await shown(2);
  await page.keyboard.press("Shift+4"); // there are three grades: nothing happens
  await page.keyboard.press("2");
  await shown(3);
  await graded("3 of 4 images have it");
  await page.keyboard.press("Control+z");
  await shown(2);
  await graded("2 of 4 images have it");
  await page.keyboard.press("Control+y");
  await graded("3 of 4 images have it");
  await panel().getByLabel("List only images without it").check();
  await expect.poll(() => page.locator("[role=option][data-frame-id]").count()).toBe(2);
  await panel().getByLabel("List only images without it").uncheck();
  await expectAccessible(page);
  await screenshot(page, "labels-light");
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await expectAccessible(page);
  await screenshot(page, "labels-dark");
  await page.getByRole("button", { name: "Switch to light theme" }).click();
});

test("a number of a patient is typed once, for all images of the patient; out of range it is not stored", async () => {
  await define(async (dialog) => {
    await dialog.getByLabel("Name", { exact: true }).fill("Age");
    await dialog.getByLabel("Kind").selectOption("number");
    await dialog.getByLabel("Said of").selectOption("patient");
    await dialog.getByLabel("Unit").fill("years");
    await dialog.getByLabel("Lowest").fill("0");
    await dialog.getByLabel("Highest").fill("120");
  });
  await page.locator(`[role=option][data-frame-id="${frameIds[0]}"]`).click();
  await shown(0);
  const field = panel().getByLabel("Value of Age");
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
  await field.fill("610");
  await field.press("Enter");
  await panel().getByText("outside the range").waitFor();
  await field.fill("61,5");
  await field.press("Enter");
  await shown(2);
  await graded("2 of 4 images have it");
  await page.keyboard.type("70");
  await page.keyboard.press("Enter");
  await shown(3);
  await page.keyboard.press("Escape");
});

test("a kill loses nothing that was said, and undo goes on after it", async () => {
  await graded("3 of 4 images have it");
  await app.killHard();
  const database = new Database(join(home, "projects", "Grades.aliquot"));
  const said = database
    .prepare("SELECT frame_id, label, coalesce(class_name, number) FROM frame_label ORDER BY label, frame_id")
    .raw()
    .all();
  database.close();
  const [a, b, c] = frameIds.map(Number);
  const expected = [
    [a, "Age", 61.5],
    [b, "Age", 61.5],
    [c, "Age", 70],
    [a, "Severity", "severe"],
    [b, "Severity", "none"],
    [c, "Severity", "mild"],
  ];
  // Files are decoded side by side: which image is the first of the project is not known.
  expect(said.map(String).toSorted()).toEqual(expected.map(String).toSorted());
  app = await startApp(home);
  await page.goto(app.url);
  await page
    .getByRole("button", { name: /Grades/ })
    .first()
    .click();
  await panel().getByLabel("Label", { exact: true }).selectOption({ label: "Age: 61.5" });
  await graded("3 of 4 images have it");
  await panel().getByRole("button", { name: "Undo label" }).click();
  await graded("2 of 4 images have it");
});
