/** @file Grades and numbers that models say, reviewed as a person does it, in the built app and a real Chromium: worst first, one key a decision, taken back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { expectAccessible, standStill } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { colorsAt, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";
import { type GradesProject, makeGradesProject } from "./grades-project.ts";

const IMAGES = 8;
const home = mkdtempSync(join(tmpdir(), "aliquot-grades-"));
let browser: Browser;
let app: RunningApp;
let page: Page;
let made: GradesProject;
const complaints: string[] = [];

const canvas = () => page.getByTestId("canvas");
const request = <T>(path: string): Promise<T> =>
  page.evaluate(async (path) => (await fetch(`/api${path}`)).json(), path) as Promise<T>;
const stateOf = async (proposalId: number) =>
  (await request<{ state: string }>(`/label-proposals/${proposalId}`)).state;
const said = async (labelId: number, place: number) =>
  (await request<{ frameId: number; value: unknown }[]>(`/labels/${labelId}/values`)).find(
    ({ frameId }) => frameId === made.frameIds[place],
  )?.value;
/** Waits until the image of that place in the queue's first order is on the canvas. */
const inFront = (place: number) =>
  page.locator(`[data-testid="canvas"][data-frame-id="${made.frameIds[place]}"]`).waitFor();

beforeAll(async () => {
  made = await makeGradesProject(home, IMAGES, { proven: 60 });
  browser = await launchChromium();
  app = await startApp(home);
  page = await openWindow({ browser, app, path: made.path });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.getByRole("navigation").getByRole("button", { name: "Review" }).click();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

beforeEach(() => standStill(page));

test("the flagged and least sure grade is in front, with what the model says of each class and how its samples spread", async () => {
  await page.getByRole("tab", { name: "Grades", selected: true }).waitFor();
  await inFront(0);
  const bars = page.getByTestId("class-bars");
  await bars.getByRole("button", { name: /none.*40\.0%.*10 of 20 samples/ }).waitFor();
  await bars.getByText("10 of 20 samples chose none.").waitFor();
  await page.getByText("Fewer than 70% of the samples chose this class.").waitFor();
  await page.getByText("The look at the whole says none, the close looks mild, both together none.").waitFor();
  const samples = page.getByTestId("sample-spread");
  await samples.getByRole("row", { name: /^none 0\.40 0\.20 to 0\.70 0\.125 1\.00$/ }).waitFor();
  await samples.getByText("Expected grade 0.90 (the lowest is 0), median grade mild.").waitFor();
  await samples.getByText("none and mild are not apart in the samples (paired t-test, p = 0.245)").waitFor();
  const badge = page.getByRole("navigation").getByTitle("Waiting: 16 grades and numbers");
  expect(await badge.textContent()).toBe("16");
  await screenshot(page, "grades-light");
  await expectAccessible(page);
});

test("saliency and close looks lie over the image by a key, and go by it", async () => {
  const { x, y } = { x: 30, y: 34 };
  const looks = page.getByTestId("looks");
  await expect.poll(() => looks.getAttribute("data-count")).toBe("2");
  const [before] = await colorsAt(canvas(), [{ x, y }]);
  expect(before![0]).toBe(before![2]);
  await page.keyboard.press("c");
  await page.getByTestId("heat-legend").getByText("none: 6 × 6 cells").waitFor();
  await expect
    .poll(async () => {
      const [[red, , blue]] = (await colorsAt(canvas(), [{ x, y }])) as [[number, number, number]];
      return red - blue;
    })
    .toBeGreaterThan(150);
  await screenshot(page, "grades-saliency-light");
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await expectAccessible(page);
  await screenshot(page, "grades-saliency-dark");
  await page.getByRole("button", { name: "Switch to light theme" }).click();
  // Another class is seen elsewhere.
  await page.getByLabel("Saliency of").selectOption("mild");
  await page.getByTestId("heat-legend").getByText("mild: 6 × 6 cells").waitFor();
  await expect
    .poll(async () => {
      const [[red, , blue]] = (await colorsAt(canvas(), [{ x, y }])) as [[number, number, number]];
      return red - blue;
    })
    .toBeLessThan(100);
  await page.keyboard.press("c");
  await page.getByTestId("heat-legend").waitFor({ state: "detached" });
  await page.keyboard.press("b");
  await expect.poll(() => looks.getAttribute("data-count")).toBe("0");
  await page.keyboard.press("b");
  await expect.poll(() => looks.getAttribute("data-count")).toBe("2");
});

test("one key accepts, a digit of the legend changes, X rejects; undo goes back one by one", async () => {
  const { proposalIds: ids, stageId } = made;
  await page.getByRole("region", { name: "Review grades" }).focus();
  await page.keyboard.press("a");
  await inFront(1);
  await expect.poll(() => stateOf(ids[0]!)).toBe("accepted");
  await expect.poll(() => said(stageId, 0)).toBe("none");
  await page.keyboard.press("3");
  await inFront(2);
  await expect.poll(() => stateOf(ids[1]!)).toBe("changed");
  await expect.poll(() => said(stageId, 1)).toBe("severe");
  await page.keyboard.press("x");
  await inFront(3);
  await expect.poll(() => stateOf(ids[2]!)).toBe("rejected");
  await expect.poll(() => said(stageId, 2)).toBeUndefined();
  await page.getByTestId("grades-waiting").getByText("5 of 8 wait").waitFor();
  await page.keyboard.press("ArrowRight");
  await inFront(4);
  await page.keyboard.press("ArrowLeft");
  await inFront(3);
  await page.keyboard.press("Control+z");
  await inFront(2);
  await expect.poll(() => stateOf(ids[2]!)).toBe("pending");
  await page.keyboard.press("u");
  await inFront(1);
  await page.keyboard.press("u");
  await inFront(0);
  await expect.poll(() => said(stageId, 0)).toBeUndefined();
  await expect.poll(() => said(stageId, 1)).toBeUndefined();
  await page.getByTestId("grades-waiting").getByText("8 of 8 wait").waitFor();
});

test("what validation images prove may be accepted unseen, told in a sentence, and undone as one", async () => {
  const above = page.getByTestId("accept-grades");
  await expect.poll(() => above.getAttribute("data-met")).toBe("true");
  await above.getByText(/^60 validation patients judged; \d+ were sure enough, \d+ of them wrong\./).waitFor();
  await above.getByLabel("From a probability of").fill("0.8");
  const button = above.getByRole("button", { name: "Accept unseen: 2 grades" });
  await button.click();
  await page.getByText("2 grades accepted unseen, 0 flagged left for you.").waitFor();
  await expect.poll(() => stateOf(made.proposalIds[7]!)).toBe("accepted");
  await page.getByLabel("Filter by state").selectOption("accepted");
  await page.getByRole("option", { name: /p008/ }).getByText("unseen").waitFor();
  await page.getByLabel("Filter by state").selectOption("pending");
  await page.getByRole("button", { name: "Undo last decision" }).click();
  await page.getByTestId("grades-waiting").getByText("8 of 8 wait").waitFor();
  await expect.poll(() => stateOf(made.proposalIds[6]!)).toBe("pending");
});

test("numbers are accepted or typed, in their unit and range; a method without close looks says so", async () => {
  const { sizeProposalIds: ids, sizeId } = made;
  await page.getByLabel("Label", { exact: true }).selectOption("Size");
  await inFront(0);
  // The newest model of all measures sizes; stages have one of their own.
  const rest = page.getByRole("button", { name: "Label the rest" });
  expect(await rest.getAttribute("title")).toMatch(/^With regress \d+, the newest model of Size$/);
  await page.getByLabel("Label", { exact: true }).selectOption("Stage");
  await expect.poll(() => rest.getAttribute("title")).toMatch(/^With diffmic \d+, the newest model of Stage$/);
  await page.getByLabel("Label", { exact: true }).selectOption("Size");
  await inFront(0);
  const panel = page.getByTestId("number-spread");
  await panel.getByText("10 mm", { exact: true }).waitFor();
  await panel.getByText("4 mm to 16 mm held 95% of 20 samples.").waitFor();
  const evidence = page.getByTestId("evidence");
  await evidence.getByText("regress sees the whole image at once: it takes no close looks.").waitFor();
  await evidence.getByText("All cells are alike: nothing stands out.").waitFor();
  await page.getByTestId("accept-grades").getByText("Numbers are looked at one by one").waitFor();
  await screenshot(page, "grades-number-light");
  await expectAccessible(page);
  await page.getByRole("region", { name: "Review grades" }).focus();
  await page.keyboard.type("75");
  await panel.getByText("outside the range").waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => stateOf(ids[0]!)).toBe("pending");
  await page.keyboard.press("Escape");
  await page.keyboard.type("12,5");
  await page.keyboard.press("Enter");
  await inFront(1);
  await expect.poll(() => said(sizeId, 0)).toBe(12.5);
  await expect.poll(() => stateOf(ids[0]!)).toBe("changed");
  await page.keyboard.press("a");
  await inFront(2);
  await expect.poll(() => said(sizeId, 1)).toBe(11);
});

test("predicted grades say which images to outline: by grade, and the most doubtful first", async () => {
  await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
  await page.getByLabel("Label", { exact: true }).selectOption("Stage");
  await page.getByLabel("Said by").selectOption("model");
  const tiles = page.locator("[data-frame-id]:not(canvas)");
  await expect.poll(() => tiles.count()).toBe(IMAGES);
  await page.getByLabel("Value of Stage").selectOption("severe");
  // Every third one.
  await expect.poll(() => tiles.count()).toBe(2);
  await page.getByLabel("Value of Stage").selectOption({ label: "Any value" });
  await expect.poll(() => tiles.count()).toBe(IMAGES);
  await page.getByLabel("Sort by").selectOption("gradeDoubt");
  await expect.poll(() => tiles.first().getAttribute("data-frame-id")).toBe(String(made.frameIds[2]));
  await screenshot(page, "grades-data-light");
  await expectAccessible(page);
  await page.getByRole("navigation").getByRole("button", { name: "Review" }).click();
  await page.getByLabel("Label", { exact: true }).selectOption("Size");
});

test("a label that is taken back elsewhere waits again; when all are decided, it is said", async () => {
  await page.evaluate(() => fetch("/api/labels/undo", { method: "POST" }));
  await page.getByTestId("grades-waiting").getByText("7 of 8 wait").waitFor();
  for (let left = 7; left > 0; left--) {
    await page.getByTestId("grades-waiting").getByText(`${left} of 8 wait`).waitFor();
    await expect.poll(() => page.getByRole("button", { name: /^Accept( A)?$/ }).isEnabled()).toBe(true);
    await page.keyboard.press("a");
  }
  await page.getByRole("heading", { name: "All grades are reviewed" }).waitFor();
  // Those of stages still wait.
  await page.getByRole("navigation").getByTitle("Waiting: 8 grades and numbers").waitFor();
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await screenshot(page, "grades-done-dark");
  await page.getByRole("button", { name: "Switch to light theme" }).click();
  expect(complaints).toEqual([]);
});
