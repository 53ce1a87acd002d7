/** @file Labels of images learned, judged and proposed in the built app and a real Chromium: figures that are shown are those of the app, and training is real. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabelEvaluation, RunRow } from "../../src-main/api/contract.ts";
import { expectAccessible, standStill } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";
import { type GradesProject, makeGradesProject } from "./grades-project.ts";

const home = mkdtempSync(join(tmpdir(), "aliquot-grade-results-"));
let browser: Browser;
let app: RunningApp;
let page: Page;
let made: GradesProject;

const request = <T>(path: string): Promise<T> =>
  page.evaluate(async (path) => (await fetch(`/api${path}`)).json(), path) as Promise<T>;
const results = () => page.getByTestId("grade-results");
const cell = async (table: string, row: RegExp) =>
  (await results().getByRole("table", { name: table }).getByRole("row", { name: row }).innerText()).replaceAll(
    "\n",
    " ",
  );

beforeAll(async () => {
  made = await makeGradesProject(home, 4, { proven: 30, tested: 6, thresholds: ["severe"] });
  browser = await launchChromium();
  app = await startApp(home);
  page = await openWindow({ browser, app, path: made.path }, null, { width: 1280, height: 2200 });
  await page.getByRole("navigation").getByRole("button", { name: "Train" }).click();
  await results().waitFor();
  await standStill(page);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

test("a model of grades is told by figures with intervals, what was taken for what, and whether its probabilities hold", async () => {
  await results()
    .getByLabel("Model")
    .selectOption({ label: `diffmic ${await modelRun(made.stageModelId)}` });
  await results().getByRole("heading", { name: "Stage: 30 images of 30 patients" }).waitFor();
  const [evaluation] = await request<LabelEvaluation[]>(`/evaluations/labels?modelId=${made.stageModelId}&split=val`);
  const { accuracy, matrix, perClass } = evaluation!.classes!;
  const three = (value: number) => value.toFixed(3);
  await expect.poll(() => cell("How good the grades are", /^Accuracy \d/)).toContain(three(accuracy.value));
  await expect
    .poll(() => cell("How good the grades are", /^Accuracy \d/))
    .toContain(`${three(accuracy.low)}–${three(accuracy.high)}`);
  await expect.poll(() => cell("By class", /^mild/)).toContain(three(perClass[1]!.sensitivity!.value));
  const { thresholds } = evaluation!.classes!;
  expect(thresholds).toMatchObject([{ option: "severe", images: 10, of: 30 }]);
  const [{ sensitivity, specificity }] = thresholds as [(typeof thresholds)[0]];
  const atThreshold = await cell("At thresholds", /^severe or higher/);
  expect(atThreshold).toContain(three(sensitivity!.value));
  expect(atThreshold).toContain(`${three(specificity!.low)}–${three(specificity!.high)}`);
  const numbers = (await cell("Confusion matrix", /^severe/)).match(/\d+/g)!.map(Number);
  expect(numbers).toEqual(matrix[2]);
  const reliability = page.getByTestId("reliability");
  await reliability.getByText("As a table").click();
  const filled = evaluation!.classes!.bins.filter(({ count }) => count > 0);
  await expect.poll(() => reliability.locator("tbody tr").count()).toBe(filled.length);
  await expect.poll(() => reliability.locator("svg rect").count()).toBe(filled.length);
  await expectAccessible(page);
  await screenshot(page, "grade-results-light");
});

test("the test split is shown only when somebody asks, and says so", async () => {
  await results().getByText("The model was chosen by these images").waitFor();
  await results()
    .getByRole("combobox", { name: /^Images/ })
    .selectOption("Test");
  await results().getByText("Not judged on these images yet.").waitFor();
  await results().getByText("Look at these once, at the end").waitFor();
  await page.getByRole("button", { name: "Judge on test images" }).waitFor();
  await results()
    .getByRole("combobox", { name: /^Images/ })
    .selectOption("Validation");
});

test("a model of numbers is told by errors in their unit, and by the agreement with a person", async () => {
  await results()
    .getByLabel("Model")
    .selectOption({ label: `regress ${await modelRun(made.sizeModelId)}` });
  await results().getByRole("heading", { name: "Size: 30 images of 30 patients" }).waitFor();
  const [evaluation] = await request<LabelEvaluation[]>(`/evaluations/labels?modelId=${made.sizeModelId}&split=val`);
  const { mse, blandAltman } = evaluation!.numbers!;
  expect(blandAltman.bias).toBeCloseTo(0.5, 10);
  await expect.poll(() => cell("How good the grades are", /^MSE/)).toContain(`${Number(mse.toPrecision(4))} mm²`);
  // One truth is 0: without it there are relative errors, and with it there are none.
  const relative = () => cell("How good the grades are", /^MAPE/);
  await expect.poll(relative).toMatch(/^MAPE\s+[\d.]+ %\s+[\d.]+–[\d.]+ %/);
  await results().getByText("Relative errors leave out 1 image whose truth is 0.").waitFor();
  await results().getByLabel("Relative errors where the truth is 0").selectOption("None at all");
  await results().getByText("No relative error is defined: the truth of 1 image is 0.").waitFor();
  expect(await relative()).toMatch(/^MAPE\s+–\s*$/);
  await results().getByLabel("Relative errors where the truth is 0").selectOption("Divide by no less than…");
  await results().getByLabel("No less than mm").fill("1");
  await results().getByLabel("No less than mm").press("Tab");
  await results().getByText("Relative errors of 30 images, divided by no less than 1 mm.").waitFor();
  await expect.poll(() => page.getByTestId("scatter").locator("circle").count()).toBe(30);
  const plot = page.getByTestId("bland-altman");
  await plot.getByText("The model says 0.5 mm more than a person on average").waitFor();
  await expect.poll(() => plot.locator("circle").count()).toBe(30);
  await plot.getByText("As a table").click();
  await expect.poll(() => plot.locator("tbody tr").count()).toBe(30);
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await expectAccessible(page);
  await screenshot(page, "grade-results-dark");
  await page.getByRole("button", { name: "Switch to light theme" }).click();
});

test("a label is chosen and what is missing is told; where it is there a model is trained and grades the rest", async () => {
  await page.getByRole("radio", { name: /^Classify images/ }).check();
  const need = (kind: string) => page.locator(`[data-need="${kind}"]`);
  await expect.poll(() => page.getByLabel("Label to learn").inputValue()).toBe(String(made.stageId));
  await expect.poll(() => need("labelled").getAttribute("data-met")).toBe("false");
  await expect
    .poll(() => need("labelled").innerText())
    .toMatch(/^0 training images with the label\s+At least 2 needed/);
  await need("labelled").getByRole("button", { name: "Assign cases to splits" }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Start training" }).isDisabled()).toBe(true);
  await screenshot(page, "grade-needs-light");
  // The test images go to the training split.
  await page.evaluate(async () => {
    type Row = { caseId: number; split: string };
    const frames = (await (await fetch("/api/frames")).json()) as Row[];
    const caseIds = frames.flatMap(({ caseId, split }) => (split === "test" ? [caseId] : []));
    const body = JSON.stringify({ splits: [{ split: "train", caseIds }] });
    await fetch("/api/cases", { method: "PATCH", headers: { "Content-Type": "application/json" }, body });
  });
  await expect.poll(() => need("labelled").getAttribute("data-met")).toBe("true");
  await page.locator("form details summary").first().click();
  const quick = { size: 32, width: 4, batchSize: 4, steps: 6, validateEvery: 6 };
  for (const [name, value] of Object.entries(quick)) await page.locator(`input[name="${name}"]`).fill(String(value));
  await page.getByRole("button", { name: "Start training" }).click();
  const latest = async (kind: string) =>
    (await request<RunRow[]>("/runs")).find((run) => run.kind === kind && run.method === "classify");
  await expect.poll(async () => (await latest("train"))?.state, { timeout: 60_000 }).toBe("done");
  const { modelId } = (await latest("train"))!;
  const model = page.locator(`[data-model-id="${modelId}"]`);
  await model.getByRole("button", { name: "Label the rest" }).click();
  await expect.poll(async () => (await latest("predict"))?.state, { timeout: 60_000 }).toBe("done");
  await expect
    .poll(
      async () =>
        (await request<{ modelId: number }[]>("/label-proposals?state=pending")).filter(
          (row) => row.modelId === modelId,
        ).length,
    )
    .toBe(4);
  await results().getByLabel("Model").selectOption(String(modelId));
  await results().getByRole("heading", { name: "Stage: 30 images of 30 patients" }).waitFor();
});

async function modelRun(modelId: number): Promise<number> {
  const models = await request<{ modelId: number; runId: number }[]>("/models");
  return models.find((each) => each.modelId === modelId)!.runId;
}
