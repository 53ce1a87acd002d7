/** @file The data screen in the built app and a real Chromium: filter, choose and move by mouse and keyboard, split, classes, figures. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const cardiac = resolve(import.meta.dirname, "../fixtures/cardiac");
const patients: Record<string, string> = { p01: "P1_HYP01", p02: "P1_N40", p03: "P1_N03", p04: "P1_HYP03" };
const SLICES = 3;

let home: string;
let files: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

/** Copies of the fixtures under names that can hold no name of a person. */
function copied(folder: "images" | "masks", patient: string): string[] {
  mkdirSync(join(files, folder), { recursive: true });
  const names = readdirSync(join(cardiac, folder)).filter((name) => name.startsWith(`${patients[patient]}_`));
  return names
    .toSorted()
    .slice(0, SLICES)
    .map((name) => {
      const copy = join(files, folder, name.replace(patients[patient]!, patient));
      copyFileSync(join(cardiac, folder, name), copy);
      return copy;
    });
}

const tab = (name: string) => page.getByRole("tab", { name }).click();
const cells = () => page.locator('[role="option"][data-frame-id]');
const status = () => page.getByTestId("selection");
const chosen = () => page.locator('[role="option"][aria-selected="true"]').count();
const frames = () =>
  page.evaluate(
    async () =>
      (await (await fetch("/api/frames")).json()) as { frameId: number; caseName: string; split: string | null }[],
  );
const splitOf = async (caseName: string) => (await frames()).find((frame) => frame.caseName === caseName)!.split;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-"));
  files = mkdtempSync(join(tmpdir(), "aliquot-e2e-pictures-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(app.url);
  await page.getByLabel("Name", { exact: true }).fill("Heart");
  await page.getByLabel("What do you want to outline?").fill("left ventricle");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
  await page.getByTestId("images-files").setInputFiles(Object.keys(patients).flatMap((name) => copied("images", name)));
  await page.getByTestId("masks-files").setInputFiles(["p01", "p02"].flatMap((name) => copied("masks", name)));
  await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
  await page.locator('[data-testid="import-report"][data-state="done"]').waitFor();
  await page.getByRole("button", { name: "Show images" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
  rmSync(files, { recursive: true, force: true });
});

test("all images stand in the grid, and filters narrow it", async () => {
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
  await expectAccessible(page);
  await page.getByLabel("Filter by state").selectOption("annotated");
  await expect.poll(() => cells().count()).toBe(2 * SLICES);
  await page.getByLabel("Case", { exact: true }).fill("p02");
  await expect.poll(() => cells().count()).toBe(SLICES);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByLabel("Class", { exact: true }).selectOption({ label: "left ventricle" });
  const { length } = await page.evaluate(async () => (await (await fetch("/api/classes/1/frames")).json()) as number[]);
  expect(length).toBeGreaterThan(0);
  await expect.poll(() => cells().count()).toBe(length);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
});

test("filters, order and layout stay while another screen is in front", async () => {
  await page.getByLabel("Filter by state").selectOption("annotated");
  await page.getByLabel("Sort by").selectOption({ label: "Annotated area" });
  await page.getByRole("button", { name: "Table" }).click();
  const areas = page.locator('[role="row"][data-frame-id] [role="gridcell"]:nth-child(5)');
  await areas.filter({ hasText: "px" }).first().waitFor();
  const rows = page.locator('[role="row"][data-frame-id]');
  const shown = await areas.allInnerTexts();
  expect(shown).toHaveLength(2 * SLICES);
  const numbers = shown.map((text) => Number.parseInt(text.replaceAll(",", ""), 10));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  await page.getByRole("navigation").getByRole("button", { name: "Annotate" }).click();
  await page.getByTestId("canvas").waitFor();
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
  await expect.poll(() => areas.allInnerTexts()).toEqual(shown);
  await expect.poll(() => rows.count()).toBe(2 * SLICES);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByLabel("Sort by").selectOption({ label: "Case and slice" });
  await page.getByRole("button", { name: "Grid" }).click();
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
});

test("images are chosen by click, range and keyboard", async () => {
  await cells().nth(1).click();
  await expect.poll(() => chosen()).toBe(1);
  await cells()
    .nth(4)
    .click({ modifiers: ["Shift"] });
  await expect.poll(() => chosen()).toBe(4);
  await cells()
    .nth(9)
    .click({ modifiers: ["ControlOrMeta"] });
  await expect.poll(() => chosen()).toBe(5);
  await page.keyboard.press("Escape");
  await expect.poll(() => chosen()).toBe(0);
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  await expect.poll(() => chosen()).toBe(2);
  await page.keyboard.press("ControlOrMeta+a");
  await expect.poll(() => chosen()).toBe(4 * SLICES);
  await expect.poll(() => status().innerText()).toContain("12 images of 4 cases chosen");
});

test("the patients of chosen images move to a split as one, and back", async () => {
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  const group = page.getByRole("group", { name: "Put their patients into" });
  await group.getByRole("button", { name: "Test" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => splitOf("p01")).toBe("test");
  await expect.poll(async () => (await frames()).filter(({ split }) => split === "test")).toHaveLength(SLICES);
  await expect.poll(() => splitOf("p02")).toBeNull();
  await screenshot(page, "data-grid-light");
  await expectAccessible(page);
  await page.getByTestId("frame-grid").focus();
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => splitOf("p01")).toBeNull();
  // Until the screen has heard of it, it takes no other action.
  await status()
    .getByText(/undone/)
    .waitFor();
});

test("chosen images are removed after a question, and come back by undo, also after a restart", async () => {
  await page.getByTestId("frame-grid").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Delete");
  const question = page.getByRole("dialog", { name: "Remove 2 images?" });
  await question.getByText("2 annotations").waitFor();
  await expectAccessible(page);
  await screenshot(page, "data-remove-light");
  await question.getByRole("button", { name: "Remove 2 images" }).click();
  await expect.poll(() => cells().count()).toBe(4 * SLICES - 2);
  await expect.poll(() => frames()).toHaveLength(4 * SLICES - 2);
  await app.killHard();
  app = await startApp(home);
  await page.goto(app.url);
  await page.getByRole("button", { name: /Heart/ }).first().click();
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
  await expect.poll(() => cells().count()).toBe(4 * SLICES - 2);
  await page.getByRole("button", { name: "Undo: remove 2 images" }).waitFor();
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
  await status().getByText("2 removals undone").waitFor();
  await page.keyboard.press("ControlOrMeta+Shift+z");
  await expect.poll(() => cells().count()).toBe(4 * SLICES - 2);
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
});

test("chosen images get a label at once, a filter finds them, and they alone are exported", async () => {
  await page.evaluate(() =>
    fetch("/api/labels", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Severity", kind: "grade", options: ["mild", "severe"] }),
    }),
  );
  await page.getByTestId("frame-grid").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  await page.getByRole("button", { name: "Label…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Value").selectOption("severe");
  await expectAccessible(page);
  await screenshot(page, "data-label-light");
  await dialog.getByRole("button", { name: "Set label" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("search").getByLabel("Label", { exact: true }).selectOption("Severity");
  await expect.poll(() => cells().count()).toBe(2);
  await page.getByLabel("Value of Severity").selectOption("No value");
  await expect.poll(() => cells().count()).toBe(4 * SLICES - 2);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => cells().count()).toBe(4 * SLICES);
  await page.getByTestId("frame-grid").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  await page.getByRole("button", { name: "Export…" }).click();
  await page.getByText("Only the 2 chosen images").waitFor();
  await page.getByTestId("export-preview").getByText("the masks of 2 frames").waitFor();
  await expectAccessible(page);
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
});

test("the table sorts by its headings", async () => {
  await page.getByRole("button", { name: "Table" }).click();
  const names = () => page.locator('[role="row"][data-frame-id] .name').allInnerTexts();
  const heading = page.getByRole("columnheader", { name: "Name" });
  await heading.getByRole("button").click();
  const ascending = await names();
  expect(ascending).toHaveLength(4 * SLICES);
  await heading.getByRole("button").click();
  await expect.poll(() => names()).toEqual(ascending.toReversed());
  await expect.poll(() => heading.getAttribute("aria-sort")).toBe("descending");
  await page.locator('[role="row"][data-frame-id]').nth(2).click();
  await expectAccessible(page);
  await screenshot(page, "data-table-light");
});

test("cases get their splits one by one, and the check finds no leak", async () => {
  await tab("Split");
  for (const [patient, split] of Object.entries({ p01: "train", p02: "test", p03: "val", p04: "unlabelled" })) {
    await page.getByLabel(`Split of ${patient}`).selectOption(split);
    await expect.poll(() => splitOf(patient)).toBe(split);
  }
  await page.locator('[data-testid="leaks"][data-leaks="0"]').waitFor();
  await expectAccessible(page);
  await screenshot(page, "data-split-light");
});

test("classes are counted, renamed, added and deleted", async () => {
  await tab("Classes");
  const row = page.locator('[data-class="1"]');
  await expect.poll(() => row.locator("td.number").first().innerText()).not.toBe("0");
  await page.getByLabel("Name of the new class").fill("scar");
  await page.keyboard.press("Enter");
  await page.locator('[data-class="2"]').waitFor();
  await expectAccessible(page);
  await screenshot(page, "data-classes-light");
  await page.getByRole("button", { name: "Delete scar" }).click();
  await page.locator('[data-class="2"]').waitFor({ state: "detached" });
  await page.getByLabel("Name of class left ventricle").fill("ventricle");
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Show images with ventricle" }).click();
  await page.getByTestId("selection").waitFor();
});

test("figures of the set are drawn in both themes", async () => {
  await tab("Statistics");
  await page.getByTestId("statistics").waitFor();
  const curves = page.getByLabel("Curves of Intensities · No modality");
  await curves.selectOption("By class");
  await page.getByRole("cell", { name: "ventricle" }).first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Patients per split as a table" }).click();
  await page.getByRole("table", { name: "Patients per split" }).getByText("Validation").waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy Class balance as CSV" }).click();
  await page.getByText("Copied.").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split("\r\n")[1]).toMatch(/^ventricle,\d+,\d+$/);
  await expectAccessible(page);
  await screenshot(page, "data-statistics-light");
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await page.setViewportSize({ width: 2560, height: 1440 });
  for (const name of ["Statistics", "Classes", "Split", "Images"]) {
    await tab(name);
    await page.getByRole("tabpanel", { name }).waitFor();
    await expectAccessible(page);
    await screenshot(page, `data-${name.toLowerCase()}-dark-wide`);
  }
  expect(complaints).toEqual([]);
});
