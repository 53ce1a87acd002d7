/** @file Series as volumes as a person works with them, in the built app and a real Chromium: the form of a training, and the review of what a model proposes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BALLS, commandLine, makeBallProject, setOf, SMALL_VOLUMES, succeeding } from "../app/ball-project.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

const go = (place: string) => page.getByRole("navigation").getByRole("button", { name: place }).click();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-volumes-"));
  const ok = succeeding(commandLine(home));
  await makeBallProject(home, BALLS);
  const trained = [
    "train",
    "balls.aliquot",
    "--method",
    "bcp",
    ...setOf(SMALL_VOLUMES),
    "--steps",
    "80",
    "--device",
    "cpu",
  ];
  await ok(...trained);
  await ok("label", "balls.aliquot", "--model", "1");
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  await page.goto(app.url);
  await page.evaluate(
    async (path) => {
      await fetch("/api/project/open", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ path }),
      });
    },
    join(home, "balls.aliquot"),
  );
  await page.reload();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

test("three dimensions bring their preset; what a person changed stays, and what is of volumes shows only there", async () => {
  await go("Train");
  await page.getByRole("radio", { name: /Learn from unlabelled images too/ }).check();
  await page.locator("form details summary").click();
  const preset = page.locator('select[name="preset"]');
  const field = (key: string) => page.locator(`[name="${key}"]`);
  const presetTitle = () => preset.evaluate((select: HTMLSelectElement) => select.selectedOptions[0]!.text);
  await expect.poll(() => presetTitle()).toBe("For this computer");
  await expect.poll(() => field("slices").count()).toBe(0);
  await field("dimensions").selectOption("3");
  await expect.poll(presetTitle).toBe("Series as volumes");
  await expect
    .poll(async () => [await field("size").inputValue(), await field("slices").inputValue()])
    .toEqual(["64", "16"]);
  await expectAccessible(page);
  await field("dimensions").scrollIntoViewIfNeeded();
  await screenshot(page, "train-volumes");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "train-volumes-dark");
  await page.emulateMedia({ colorScheme: "light" });

  await field("steps").fill("77");
  await expect.poll(presetTitle).toBe("Own settings");
  await field("dimensions").selectOption("2");
  await expect.poll(() => field("steps").inputValue()).toBe("77");
  await expect.poll(() => field("width").inputValue()).not.toBe("");
  await expect.poll(() => field("slices").count()).toBe(0);
  await field("dimensions").selectOption("3");
  await expect
    .poll(async () => [await field("steps").inputValue(), await field("size").inputValue()])
    .toEqual(["77", "64"]);
});

test("ways of training are compared on whole series: what is of single images goes", async () => {
  await go("Value");
  const arm = (name: string) => page.getByRole("checkbox", { name, exact: true });
  await arm("supervised training with augmentation").waitFor();
  await page.locator('select[name="unit"]').selectOption("series");
  await expect.poll(() => arm("supervised training with augmentation").count()).toBe(0);
  await expect.poll(() => arm("BCP").isChecked()).toBe(true);
  await expect.poll(() => page.getByLabel("Labeled series to learn from").inputValue()).toBe("2");
  await expect.poll(() => page.getByLabel("Image size").count()).toBe(0);
  await expectAccessible(page);
  await screenshot(page, "value-volumes");
  // What is of single images alone was left out, not unticked.
  await page.locator('select[name="unit"]').selectOption("images");
  await expect.poll(() => arm("supervised training with augmentation").isChecked()).toBe(true);
  await page.locator('select[name="unit"]').selectOption("series");

  await arm("BCP").uncheck();
  for (const [label, value] of [
    ["Labeled series to learn from", "200"],
    ["Seeds", "1"],
    ["Steps", "2"],
  ] as const) {
    await page.getByLabel(label, { exact: true }).fill(value);
  }
  const start = page.getByRole("button", { name: "Start comparison" });
  await start.click();
  await page.getByText(/200 labelled ones are asked for/).waitFor();
  await page.getByLabel("Labeled series to learn from").fill("2");
  await start.click();
  const table = page.getByTestId("score-table");
  await table.waitFor({ timeout: 240_000 });
  await page.getByTestId("experiment").waitFor({ state: "detached", timeout: 240_000 });
  await expect.poll(() => table.locator("tbody").first().locator("tr").count()).toBe(2);
  await expect.poll(() => page.getByTestId("verdicts").innerText()).toMatch(/2 labeled series/);
  await expectAccessible(page);
  await screenshot(page, "value-volumes-compared");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "value-volumes-compared-dark");
  await page.emulateMedia({ colorScheme: "light" });
});

test("each slice of a series is reviewed with its own doubts", async () => {
  await go("Review");
  const panel = page.getByTestId("case-panel");
  await panel.getByText("A slice of a series of 10").waitFor();
  const legend = (text: string) => page.getByTestId("heat-legend").getByText(text).waitFor();
  await page.keyboard.press("c");
  await legend("Uncertainty");
  await screenshot(page, "review-volumes");
  await page.keyboard.press("t");
  await legend("Teacher against student");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "review-volumes-dark");
  await page.emulateMedia({ colorScheme: "light" });
  const progress = page.getByTestId("review-progress");
  await expect.poll(() => progress.innerText()).toContain("0 of 30");
  await page.keyboard.press("a");
  await expect.poll(() => progress.innerText()).toContain("1 of 30");
  expect(complaints).toEqual([]);
});
