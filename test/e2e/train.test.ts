/**
 * @file The training screen as a person uses it, in the built app and a real Chromium: what is missing is mended, a small network is
 * really trained, watched, and laid beside another. Pictures stay in test/output.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunDetail, RunRow } from "../../src-main/api/contract.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { expectAccessible } from "./accessibility.ts";
import { screenshot } from "./app.ts";
import { type AppWindow, openWindow } from "./window.ts";

const root = resolve(import.meta.dirname, "../..");
/** Two cores compute at the same time. */
const patient = { timeout: 20_000 };
const small = { size: 64, width: 8, depth: 3, batchSize: 4, validateEvery: 10 };

let opened: AppWindow;
let home: string;
let page: Page;
let call: AppWindow["call"];
let go: AppWindow["go"];

const runs = () => call<RunRow[]>("GET", "/runs");
const panel = () => page.getByTestId("run");
const ended = (state: RunRow["state"], runId: number) =>
  page.locator(`[data-testid="run"][data-run-id="${runId}"][data-state="${state}"]`).waitFor({ timeout: 120_000 });

async function fill(settings: Record<string, number>): Promise<void> {
  const all = page.locator("form details");
  if ((await all.getAttribute("open")) === null) await all.locator("summary").click();
  for (const [name, value] of Object.entries(settings)) await page.locator(`input[name="${name}"]`).fill(String(value));
}

beforeAll(async () => {
  opened = await openWindow("e2e-train");
  ({ home, page, call, go } = opened);
});

afterAll(async () => {
  await opened?.close();
});

test("what a training needs is listed, and each missing thing leads to where it is mended", async () => {
  await call("POST", "/project/create", { path: join(home, "empty.aliquot"), classes: ["lesion"] });
  await page.reload();
  await go("Train");
  const need = (kind: string) => page.locator(`[data-need="${kind}"]`);
  await need("train").waitFor();
  await expect.poll(() => need("classes").getAttribute("data-met")).toBe("true");
  await expect.poll(() => need("train").innerText()).toMatch(/^0 annotated images to learn from\s+At least 1 needed/);
  await expect.poll(() => page.getByRole("button", { name: "Start training" }).isDisabled()).toBe(true);
  await expectAccessible(page);
  await screenshot(page, "train-needs");
  await need("train").getByRole("button").click();
  await page.getByText("No images yet").first().waitFor();
});

test("a training is started by keyboard; how long one like it takes is known once one has run", async () => {
  await call("POST", "/project/close");
  await call("POST", "/project/demo", { path: join(home, "nuclei.aliquot") });
  await page.reload();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
  await go("Train");
  await fill({ ...small, steps: 60 });
  const estimate = page.getByTestId("estimate");
  await expect.poll(() => estimate.innerText(), patient).toContain("60 steps. How long they take will be known");
  await page.keyboard.press("Control+Enter");
  await ended("done", 1);
  const [run] = await runs();
  expect(run).toMatchObject({ settings: { ...small, steps: 60 }, state: "done", step: 60 });
  const reasons = run!.deviceReason!.map(sentenceOf);
  expect(reasons.at(-1), "the app was free to choose").toMatch(new RegExp(`(using )?${run!.device}`));
  for (const reason of reasons) expect(await panel().innerText()).toContain(reason);
  await expect.poll(() => estimate.getAttribute("data-seconds"), patient).not.toBeNull();
  const seconds = Number(await estimate.getAttribute("data-seconds"));
  await fill({ steps: 120 });
  await expect
    .poll(async () => Number(await estimate.getAttribute("data-seconds")), patient)
    .toBeCloseTo(2 * seconds, 6);
  await expect
    .poll(() => estimate.innerText())
    .toMatch(/^About .+ on this computer\s+As an earlier run like it took: CPU/);
  await fill({ size: 96 });
  await expect.poll(() => estimate.innerText(), patient).toContain("will be known");
  await fill({ size: 64, steps: 60 });
});

test("what memory a training takes is told before it starts, and settings that fit are offered where there is too little", async () => {
  const plan = page.getByTestId("memory-plan");
  await expect.poll(() => plan.getAttribute("data-fits"), patient).toBe("true");
  await expect
    .poll(() => plan.innerText())
    .toMatch(/^Takes about [\d.]+ [MG]B of memory; [\d.]+ [MG]B are available\.$/);
  await fill({ size: 1024, batchSize: 256, width: 128 });
  await expect.poll(() => plan.getAttribute("data-fits"), patient).toBe("false");
  await expect.poll(() => plan.innerText()).toMatch(/Too little memory: this takes about [\d,.]+ GB/);
  await plan.scrollIntoViewIfNeeded();
  await screenshot(page, "train-too-little-memory");
  await expectAccessible(page);
  await plan.getByRole("button", { name: "Use these settings" }).click();
  expect(Number(await page.locator('input[name="batchSize"]').inputValue())).toBeLessThan(256);
  await expect.poll(() => plan.getAttribute("data-fits"), patient).toBe("true");
  await fill({ ...small, steps: 60 });
});

test("on a second visit the form still tells a preset from own settings", async () => {
  await go("Data");
  await go("Train");
  const preset = page.locator('select[name="preset"]');
  await expect.poll(() => preset.inputValue()).toBe("");
  await preset.selectOption({ index: 1 });
  await expect.poll(() => preset.inputValue()).not.toBe("");
  await fill({ ...small, steps: 60 });
  await expect.poll(() => preset.inputValue()).toBe("");
});

test("the curves are drawn, the best Dice is told, and losses are looked at on a logarithmic scale", async () => {
  const { metrics } = await call<RunDetail>("GET", "/runs/1");
  const dice = metrics.filter(({ name }) => name === "validationDice").map(({ value }) => value);
  await expect.poll(() => panel().innerText()).toContain(`${Math.max(...dice).toFixed(3)} at step`);
  const plots = page.getByTestId("plot");
  await expect.poll(() => plots.count()).toBe(2);
  await expect.poll(() => plots.first().locator("[data-curve]").count()).toBeGreaterThan(1);
  const pixels = () =>
    plots
      .first()
      .locator("canvas")
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await pixels();
  await page.getByLabel("Logarithmic scale").check();
  await expect.poll(pixels, patient).not.toBe(before);
  await expectAccessible(page);
  await screenshot(page, "train-done");
});

test("two trainings lie side by side: curves in one plot, and only what differs is marked", async () => {
  await fill({ learningRate: 0.01 });
  await page.getByRole("button", { name: "Start training" }).click();
  await ended("done", 2);
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("h");
  const table = page.getByTestId("run-history");
  await table.getByRole("button", { name: "Rename segment 2" }).waitFor();
  await expect.poll(() => table.locator('[data-run="1"]').innerText(), patient).toMatch(/\d+ annotated, \d+ to check/);
  for (const name of ["segment 1", "segment 2"]) await page.getByLabel(`Compare ${name}`).check();
  const comparison = page.getByTestId("comparison");
  await comparison.locator("[data-curve]").nth(1).waitFor();
  const differing = () => comparison.locator('[data-differs="true"] th').allInnerTexts();
  const names = (await differing()).map((text) => text.replace(/\s*differs$/, "").trim());
  expect(names).toEqual(["Learning rate"]);
  await expectAccessible(page);
  await screenshot(page, "train-history");
});

test("a model takes another name, which stands wherever it is told of", async () => {
  await page.getByRole("button", { name: "Rename segment 1" }).click();
  await page.getByLabel("Name of the model").fill("Ward 3");
  await page.keyboard.press("Enter");
  await page.getByTestId("comparison").getByText("Ward 3").first().waitFor();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
    .toBe("Rename Ward 3");
  await expect
    .poll(async () => (await call<{ name: string }[]>("GET", "/models")).map(({ name }) => name))
    .toContain("Ward 3");
});

test("an earlier training fills the form and can be started again", async () => {
  await page.locator('[data-run="2"]').getByRole("button", { name: "Start again" }).click();
  await page.locator('form input[name="learningRate"]').waitFor({ state: "attached" });
  await expect.poll(() => page.locator('input[name="learningRate"]').inputValue()).toBe("0.01");
  await expect.poll(() => page.locator('input[name="steps"]').inputValue()).toBe("60");
});

test("a running training shows what it says of validation images beside what is true, at any validation so far", async () => {
  await fill({ steps: 4000, validateEvery: 5, learningRate: 0.002 });
  await page.getByRole("button", { name: "Start training" }).click();
  await ended("running", 3);
  const samples = page.getByTestId("samples");
  await expect.poll(() => samples.locator("canvas").count(), { timeout: 60_000 }).toBeGreaterThan(1);
  await expect.poll(() => samples.innerText()).toMatch(/Dice 0\.\d\d/);
  await expect
    .poll(async () => Number(await samples.getByRole("slider").getAttribute("max")), patient)
    .toBeGreaterThan(2);
  const drawn = () =>
    samples
      .locator("canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const latest = await drawn();
  await samples.getByRole("slider").focus();
  await page.keyboard.press("Home");
  await expect.poll(() => samples.getAttribute("data-step"), patient).toBe("5");
  await expect.poll(() => samples.locator("li").first().getAttribute("data-step"), patient).toBe("5");
  await expect.poll(() => drawn()).not.toBe(latest);
  await page.keyboard.press("End");
  await expect.poll(async () => Number(await samples.getAttribute("data-step")), patient).toBeGreaterThan(10);
  await expect.poll(() => panel().innerText()).toMatch(/Memory now\s+[\d.,]+ [MG]B\s+Memory at most\s+[\d.,]+ [MG]B/);
  await expect
    .poll(() => page.getByTestId("advice").innerText())
    .toMatch(/Stop now or wait|Worth waiting|you can stop now/);
  await expectAccessible(page);
  await screenshot(page, "train-running");
});

test("what waits is put in order by keyboard, and keeps it", async () => {
  for (const steps of [50, 51, 52]) {
    await fill({ steps });
    await page.getByRole("button", { name: "Start training" }).click();
    await page.locator(`[data-queued="${steps - 46}"]`).waitFor();
  }
  const order = () =>
    page
      .getByTestId("queue")
      .locator("[data-queued]")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-queued")));
  await expect.poll(() => order()).toEqual(["3", "4", "5", "6"]);
  await page.getByRole("button", { name: "Training · Run 6: move up" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(order, patient).toEqual(["3", "4", "6", "5"]);
  await page.keyboard.press("Enter");
  await expect.poll(order, patient).toEqual(["3", "6", "4", "5"]);
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
    .toBe("Training · Run 6: move down");
  await page.locator('[data-queued="5"]').dragTo(page.locator('[data-queued="6"]'));
  await expect.poll(order, patient).toEqual(["3", "5", "6", "4"]);
  expect(
    (await runs()).filter(({ state }) => state === "queued").map(({ runId, queuePosition }) => [runId, queuePosition]),
  ).toEqual([
    [6, 2],
    [5, 1],
    [4, 3],
  ]);
  await expectAccessible(page);
  await page.getByTestId("queue").scrollIntoViewIfNeeded();
  await screenshot(page, "train-queue");
  for (const run of [4, 5, 6]) await page.getByRole("button", { name: `Cancel Training · Run ${run}` }).click();
  await expect.poll(order, patient).toEqual(["3"]);
});

test("a training is paused, resumed, and stopped early with its best model", async () => {
  await page.locator('[data-queued="3"] .run').click();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await ended("paused", 3);
  await expect.poll(() => page.locator('[data-queued="3"]').innerText()).toContain("Paused");
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await ended("running", 3);
  await page.getByRole("button", { name: "Stop and keep the best model" }).click();
  await ended("done", 3);
  const [model] = await call<{ runId: number; step: number }[]>("GET", "/models");
  expect(model).toMatchObject({ runId: 3 });
  expect(model!.step).toBeLessThan(4000);
  await page.locator("[data-model-id]", { hasText: "segment 3" }).waitFor();
});

test("a training goes to another computer as one file, and its result comes back", async () => {
  await page.locator('input[name="steps"]').fill("30");
  await page.getByRole("button", { name: "Compute on another computer…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Folder", { exact: true }).fill(home);
  await dialog.getByLabel("File name").fill("away");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Write file" }).click();
  await page.getByTestId("bundle-written").waitFor();
  await screenshot(page, "train-bundle");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  const [held] = await runs();
  expect(held).toMatchObject({ state: "paused", step: 0 });
  await ended("paused", held!.runId);

  // The other computer: a process that knows no project.
  const other = spawnSync(process.execPath, [join(root, "out/main/cli.js"), "run", join(home, "away")], {
    encoding: "utf8",
  });
  expect(other.status, other.stderr).toBe(0);
  const result = readdirSync(home).find((name) => name.endsWith(".aliquot-result"))!;

  await page.getByRole("button", { name: "Import a result…" }).click();
  await dialog.getByRole("button", { name: "Browse… Result file" }).click();
  const files = page.getByRole("dialog", { name: "Result file", exact: true });
  await files.getByRole("textbox").fill(home);
  await page.keyboard.press("Enter");
  await files.getByRole("button", { name: result }).waitFor();
  // Enter looked into a folder, and did not take it for the result.
  await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  await files.getByRole("button", { name: result }).click();
  await expectAccessible(page);
  await screenshot(page, "train-result");
  await page.getByRole("button", { name: "Import result" }).click();
  await ended("done", held!.runId);
  await page.locator("[data-model-id]", { hasText: `segment ${held!.runId}` }).waitFor();
  await expect
    .poll(async () => (await call<RunDetail>("GET", `/runs/${held!.runId}`)).metrics.length)
    .toBeGreaterThan(30);
});

test("the page reported no error", () => {
  expect(opened.complaints).toEqual([]);
});
