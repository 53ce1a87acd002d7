/**
 * @file A diffusion in the synthesis studio, in the built app and a real Chromium: pictures are seen coming out of the noise, with the step and the time
 * left, and a cancelled run ends there. The training screen chooses steps for an hour. Pictures stay in test/output.
 */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackboneRow, RunRow, SynthesisDetail, SynthesisRow } from "../../src-main/api/contract.ts";
import { tinyBackbone, tinyTokenizer, tinyTokens, writeFiles } from "../methods/tiny-backbone.ts";
import { expectAccessible } from "./accessibility.ts";
import { screenshot } from "./app.ts";
import { type AppWindow, openWindow } from "./window.ts";

/** Seconds to train: it paints noise, which is enough to be seen. */
const settings = {
  size: 32,
  denoiser: "XS",
  stages: "joint",
  steps: 2,
  batchSize: 2,
  validateEvery: 2,
  imageBranch: false,
};
const patient = { timeout: 90_000 };

let opened: AppWindow;
let page: Page;
let call: AppWindow["call"];
let go: AppWindow["go"];

beforeAll(async () => {
  opened = await openWindow("e2e-diffusion");
  ({ page, call, go } = opened);
  await call("POST", "/project/demo", { path: join(opened.home, "nuclei.aliquot") });
  await page.reload();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
}, 120_000);

afterAll(async () => {
  await opened?.close();
});

test("an hour by which it is to be finished chooses the steps, and says what was chosen", async () => {
  await go("Train");
  const form = page.getByTestId("finish-by");
  await page.locator('input[name="method"][value="segment"]').check();
  // Modalities are paired by a command; until they are, no click could mend what such a training lacks.
  await expect.poll(() => page.locator('input[name="method"][value="reggan"]').count()).toBe(0);
  const steps = page.locator('input[name="steps"]');
  await page.getByText("All settings").or(page.locator("details summary")).first().click();
  const before = await steps.inputValue();
  await form.getByLabel("Finished by").fill("07:00");
  await form.getByRole("button", { name: "Choose steps" }).click();
  await expect
    .poll(() => form.getByRole("status").innerText(), patient)
    .toMatch(/Steps: [\d,]+, .+ each\. It will probably end/);
  await expect.poll(() => steps.inputValue()).not.toBe(before);
  await expectAccessible(page);
  await screenshot(page, "train-finish-by");
  await steps.fill("40");
  await expect.poll(() => form.getByRole("status").innerText()).toBe("");
  await form.getByLabel("Finished by").fill("");
});

test("a Stable Diffusion of one's own is chosen in the form, and a training on it begins", async () => {
  const folder = join(opened.home, "my-backbone");
  const tiny = tinyBackbone(11);
  writeFiles(folder, {
    "encoder.onnx": await tiny.vaeEncoder("moments"),
    "decoder.onnx": await tiny.vaeDecoder(),
    "front.onnx": await tiny.front(),
    "text.onnx": await tiny.textEncoder(tinyTokens.length),
    ...tinyTokenizer,
  });
  const { id } = await call<BackboneRow>("POST", "/backbones", { folder, prompt: "nuclei" });
  await page.reload();
  await go("Train");
  await page.locator('input[name="method"][value="siamese-diffusion"]').check();
  await page.getByText("All settings").or(page.locator("details summary")).first().click();
  await page.locator('select[name="backbone"]').selectOption(id);
  await page.locator('[name="size"]').fill("64");
  await page.locator('[name="batchSize"]').fill("2");
  await page.locator('input[name="imageBranch"]').uncheck();
  await screenshot(page, "train-backbone");
  await page.getByRole("button", { name: "Start training" }).click();
  const newest = async () => (await call<RunRow[]>("GET", "/runs"))[0];
  await expect.poll(async () => (await newest())?.method, patient).toBe("siamese-diffusion");
  const { runId, settings } = (await newest())!;
  expect(settings).toMatchObject({ backbone: id, size: 64 });
  await expect.poll(async () => (await call<RunRow>("GET", `/runs/${runId}`)).state, patient).toBe("running");
  await call("POST", `/runs/${runId}/cancel`);
  await expect.poll(async () => (await call<RunRow>("GET", `/runs/${runId}`)).state, patient).toBe("cancelled");
});

test("pictures come out of the noise where they are seen, with step and time left", async () => {
  const { runId } = await call<RunRow>("POST", "/runs", { method: "siamese-diffusion", settings });
  await expect.poll(async () => (await call<RunRow>("GET", `/runs/${runId}`)).state, patient).toBe("done");
  await go("Synthesise");
  await page.getByText("Number", { exact: true }).click();
  await page.getByLabel("Number of pairs").fill("8");
  await page.getByTestId("pair-form").locator("summary").click();
  await page.locator('input[name="samplingSteps"]').fill("60");
  await page.keyboard.press("Control+Enter");
  const live = page.getByTestId("live-pictures");
  await live.waitFor(patient);
  const heightOfStrip = async () => (await page.getByTestId("synthesis-run").boundingBox())!.height;
  const before = await heightOfStrip();
  await expect.poll(() => live.locator("img").count(), patient).toBe(4);
  const line = page.getByTestId("painting-step");
  await expect.poll(() => line.innerText(), patient).toMatch(/Pictures \d to \d: step \d+ of 60/);
  const first = await live.locator("img").first().getAttribute("src");
  await expect.poll(() => live.locator("img").first().getAttribute("src"), patient).not.toBe(first);
  await expect.poll(() => heightOfStrip()).toBe(before);
  await screenshot(page, "synthesise-live");
  await expectAccessible(page);
  await expect.poll(async () => (await call<SynthesisRow[]>("GET", "/synthesis"))[0]!.made, patient).toBe(8);
  await page.getByTestId("quality").waitFor(patient);
});

test("cancelled, it ends within a step; in the dark it looks as well, and nothing is kept of it", async () => {
  await call("PATCH", "/preferences", { theme: "dark" });
  await page.reload();
  await go("Synthesise");
  await page.getByText("Number", { exact: true }).click();
  await page.getByLabel("Number of pairs").fill("4");
  await page.getByTestId("pair-form").locator("summary").click();
  await page.locator('input[name="samplingSteps"]').fill("500");
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => page.getByTestId("painting-step").innerText(), patient).toMatch(/step \d+ of 500/);
  await screenshot(page, "synthesise-live-dark");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => page.getByTestId("synthesis-run").getAttribute("data-state"), patient).toBe("cancelled");
  await expect.poll(() => page.getByTestId("live-pictures").count()).toBe(0);
  const [row] = await call<SynthesisRow[]>("GET", "/synthesis");
  await expect.poll(async () => (await call<SynthesisDetail>("GET", `/synthesis/${row!.runId}`)).pairs).toEqual([]);
  expect(opened.complaints).toEqual([]);
});
