/**
 * @file Pairs and translation as a person uses them, in the built app and a real Chromium, on real slices of brains of which T2 was moved: two modalities are
 * paired, looked at, aligned, marked and taken back by key; a translation is really (if briefly) trained, fills in what is missing, and is compared with the
 * target. Pictures stay in test/output.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type {
  FrameRow,
  ImportState,
  PairingDetail,
  RunRow,
  TranslationEvaluation,
} from "../../src-main/api/contract.ts";
import { createLabelMap, encodeLabelMap, type Plane, transformOf } from "../../src-main/voxels/index.ts";
import { errorOf, moved, pngOf, readBrain } from "../voxels/brain-slices.ts";
import { expectAccessible } from "./accessibility.ts";
import { screenshot } from "./app.ts";
import { focusFaults } from "./focus.ts";
import { type AppWindow, openWindow } from "./window.ts";

const patient = { timeout: 60_000 };
const plane = { width: 182, height: 218, spacing: null };
const known = { p1: transformOf([6, -4, 9], plane), p2: transformOf([-9, 7, -6], plane) };
/** Patients without the target: enough that a person can cancel in between. */
const MANY = 30;
/** Enough to be a translation, and done in seconds. */
const small = {
  size: 64,
  batchSize: 1,
  generatorWidth: 4,
  generatorBlocks: 1,
  discriminatorWidth: 4,
  discriminatorHalvings: 1,
  registrationWidth: 4,
  registrationLevels: 3,
  registrationBlocks: 1,
  learningRate: 0.002,
  steps: 30,
  validateEvery: 15,
};

/** Every pixel so many times in both directions. */
function enlarged({ width, height, data }: Plane, times: number): Plane {
  const wide = width * times;
  const source = (at: number) => Math.floor(at / wide / times) * width + Math.floor((at % wide) / times);
  return {
    width: wide,
    height: height * times,
    data: Float32Array.from({ length: data.length * times ** 2 }, (_, at) => data[source(at)]!),
  };
}

let opened: AppWindow;
let page: Page;
let call: AppWindow["call"];
let go: AppWindow["go"];

const rows = () => page.getByTestId("pair-list").getByRole("option");
const stage = () => page.getByTestId("pair-stage");
const facts = () => page.getByTestId("pair-facts");
const pairing = () => call<PairingDetail>("GET", "/pairings/1");
/** Brightness of what is shown, so that a change of the picture is seen. */
const shown = (name = "together") =>
  page.locator(`[data-picture="${name}"] canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value, at) => (at % 4 === 3 ? sum : sum + value), 0) / data.length;
  });

beforeAll(async () => {
  opened = await openWindow("e2e-translate");
  ({ page, call, go } = opened);
  const folder = join(opened.home, "brains");
  mkdirSync(folder);
  const [first, second] = [await readBrain("patient07_z060_t1.png"), await readBrain("patient19_z070_t1.png")];
  const images = {
    p1_t1: first,
    p1_t2: moved(await readBrain("patient07_z060_t2.png"), known.p1),
    p2_t1: second,
    p2_t2: moved(await readBrain("patient19_z070_t2.png"), known.p2),
    p3_t1: moved(first, transformOf([3, 2, 5], plane)),
  };
  for (const [name, image] of Object.entries(images)) writeFileSync(join(folder, `${name}.png`), await pngOf(image));
  await call("POST", "/project/create", { path: join(opened.home, "brains.aliquot"), classes: ["lesion"] });
  const { importId } = await call<ImportState>("POST", "/imports/folder", {
    paths: [folder],
    patient: { kind: "pattern", pattern: "(p[0-9]+)_" },
  });
  while ((await call<ImportState>("GET", `/imports/${importId}`)).state === "running") await page.waitForTimeout(100);
  const caseIds = [...new Set((await call<FrameRow[]>("GET", "/frames")).map(({ caseId }) => caseId))];
  await call("PATCH", "/cases", { splits: [{ split: "train", caseIds }] });
  await call("PATCH", "/preferences", { tour: "ended" });
  await page.reload();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
}, 120_000);

afterAll(async () => {
  await opened?.close();
});

test("a project without pairs asks which images are of which modality, and offers the words that it found", async () => {
  await page.keyboard.press("Control+8");
  await page.getByTestId("no-pairing").waitFor();
  await expect
    .poll(() => page.locator("datalist option").evaluateAll((all) => all.map((each) => each.getAttribute("value"))))
    .toEqual(["t1", "t2"]);
  await expectAccessible(page);
  await screenshot(page, "translate-none");
  await page.getByLabel("Translate from").fill("t1");
  await page.getByLabel("Translate to").fill("t2");
  await page.keyboard.press("Enter");
  await expect.poll(() => rows().count()).toBe(3);
  await expect.poll(() => page.getByTestId("missing").innerText()).toBe("1 image of t1 without t2");
  await expect.poll(() => rows().nth(2).innerText()).toContain("without t2");
});

test("the pair in front is shown in four ways, by key and by mouse", async () => {
  await expect.poll(() => stage().getAttribute("data-place")).toBe("0");
  const overlay = await shown();
  await page.keyboard.press("]");
  await expect.poll(() => shown()).not.toBe(overlay);
  await page.keyboard.press("[");
  await expect.poll(() => shown()).toBe(overlay);
  await expectAccessible(page);
  await screenshot(page, "translate-overlay");
  await page.keyboard.press("2");
  await expect.poll(() => stage().getAttribute("data-mode")).toBe("checkerboard");
  const squares = await shown();
  await page.getByRole("slider", { name: "Squares" }).fill("3");
  await expect.poll(() => shown()).not.toBe(squares);
  await page.getByRole("button", { name: "Difference" }).click();
  await expect.poll(() => stage().getAttribute("data-mode")).toBe("difference");
  await page.keyboard.press("1");
});

test("alignment brings the target onto the source, tells how far, and is taken back by one key", async () => {
  await page.keyboard.press("3");
  const before = await shown();
  await page.keyboard.press("Shift+A");
  await page.getByText("2 pairs were moved; 0 lay as well as can be found.").waitFor(patient);
  const { frames } = await pairing();
  for (const [place, transform] of [known.p1, known.p2].entries())
    expect(errorOf(frames[place]!.alignment!.transform, transform)).toBeLessThan(0.67);
  await expect.poll(() => rows().first().innerText()).toContain("aligned");
  await expect
    .poll(() => facts().locator('[data-fact="shift"]').innerText())
    .toMatch(/px (left|right), .* px (up|down)/);
  await expect.poll(() => shown()).not.toBe(before);
  await screenshot(page, "translate-aligned");
  await page.keyboard.press("u");
  await expect.poll(async () => (await pairing()).frames[0]!.alignment).toBeNull();
  await expect.poll(() => shown()).toBe(before);
  // One by itself, affine.
  await page.keyboard.press("m");
  await page.keyboard.press("a");
  await page.getByText("1 pair was moved").waitFor(patient);
  await expect
    .poll(async () => (await pairing()).frames.map(({ alignment }) => alignment?.model ?? null))
    .toEqual(["affine", null, null]);
  await page.keyboard.press("m");
  await page.keyboard.press("Shift+A");
  await page.getByText("2 pairs were moved").waitFor(patient);
});

test("single keys say what a pair is, and go on to the next", async () => {
  await page.keyboard.press("x");
  await expect.poll(async () => (await pairing()).frames[0]!.mark).toBe("removed");
  await expect.poll(() => facts().getAttribute("data-place")).toBe("1");
  await page.keyboard.press("l");
  await expect.poll(async () => (await pairing()).frames[1]!.mark).toBe("loose");
  await expect.poll(() => page.getByTestId("pairing").innerText()).toContain("1 pair, loosely paired");
  await page.keyboard.press("f");
  await expect.poll(() => rows().count()).toBe(1);
  await page.keyboard.press("f");
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  await expect.poll(() => page.getByTestId("pairing").innerText()).toContain("2 pairs, paired");
  await expect.poll(async () => (await pairing()).frames.map(({ mark }) => mark)).toEqual(["kept", "kept", "kept"]);
});

test("a translation is trained from here, fills in what is missing, and is compared with the target", async () => {
  await page.getByRole("button", { name: "Train a translation" }).click();
  await expect.poll(() => page.locator('input[name="method"]:checked').inputValue()).toBe("reggan");
  const { runId } = await call<RunRow>("POST", "/runs", { method: "reggan", settings: small, seed: 1 });
  await expect
    .poll(async () => (await call<RunRow>("GET", `/runs/${runId}`)).state, { timeout: 120_000, interval: 300 })
    .toBe("done");
  await go("Translate");
  await page.getByLabel("Models").waitFor();
  await page.keyboard.press("Control+Enter");
  await expect
    .poll(async () => (await pairing()).frames.map(({ translated }) => translated !== null), patient)
    .toEqual([false, false, true]);
  await expect.poll(() => rows().nth(2).innerText()).toContain("translated");
  await page.getByLabel("Also where t2 is there").check();
  await page.keyboard.press("Control+Enter");
  await expect
    .poll(async () => (await pairing()).frames.every(({ translated }) => translated !== null), patient)
    .toBe(true);
  await rows().first().click();
  await page.keyboard.press("4");
  await expect.poll(() => page.locator('[data-picture="error"] canvas').count()).toBe(1);
  await expect.poll(() => page.getByTestId("error-mean").innerText()).toMatch(/^Mean error: [\d.]+% /);
  // What was drawn on the source since is carried to its translation by one key.
  const { source } = (await pairing()).frames[0]!;
  const drawn = { ...createLabelMap(plane.width, plane.height), data: new Uint8Array(plane.width * plane.height) };
  drawn.data.fill(1, 90 * plane.width, 95 * plane.width);
  const labelMap = Buffer.from(encodeLabelMap(drawn)).toString("base64");
  await call("PUT", "/frames/masks", { frames: [{ frameId: source, base: 0, labelMap }] });
  await page.keyboard.press("o");
  await page.getByText("Outlines carried to 1 translated image.").waitFor();
  await page.getByText("Left as they are: 2 whose source has none.").waitFor();
  await expectAccessible(page);
  await screenshot(page, "translate-panels");
  const made = (await pairing()).frames[0]!.translated!;
  const frame = (await call<FrameRow[]>("GET", "/frames")).find(({ frameId }) => frameId === made)!;
  expect(frame).toMatchObject({ isSynthetic: true, isTranslated: true, modality: "t2" });
  await page.getByRole("button", { name: "Open in Annotate" }).click();
  await expect.poll(() => page.getByTestId("canvas").getAttribute("data-frame-id")).toBe(String(made));
  await expect.poll(() => page.locator('[data-fact="carried-from"]').innerText()).toBe("p1_t1.png");
});

test("the deformation that the model estimates is drawn over the pair by one key", async () => {
  await go("Translate");
  await rows().first().click();
  await page.keyboard.press("1");
  await page.keyboard.press("d");
  await page.getByTestId("flow").waitFor(patient);
  await expect.poll(() => page.getByTestId("flow-figures").innerText()).toMatch(/^Mean: .* px right/);
  await expectAccessible(page);
  await screenshot(page, "translate-flow");
  await page.keyboard.press("d");
  await expect.poll(() => page.getByTestId("flow").count()).toBe(0);
});

test("the image list marks what was translated", async () => {
  await go("Data");
  await page.getByTestId("frame-grid").getByText("Translated", { exact: true }).first().waitFor();
});

test("translating tells how far it is; cancelled it keeps what was made, and asked again makes the rest", async () => {
  const folder = join(opened.home, "many");
  mkdirSync(folder);
  // Large: making one takes longer than storing it, so that the cancel does not come after all were made.
  const first = enlarged(await readBrain("patient07_z060_t1.png"), 3);
  for (let index = 0; index < MANY; index++) {
    // Other bytes for each: the same picture would count as there already.
    const image = { ...first, data: first.data.slice() };
    image.data[index] = 200;
    writeFileSync(join(folder, `q${100 + index}_t1.png`), await pngOf(image));
  }
  const patientsOf = async () => (await call<FrameRow[]>("GET", "/frames")).filter(({ name }) => name.startsWith("q"));
  const { importId } = await call<ImportState>("POST", "/imports/folder", {
    paths: [folder],
    patient: { kind: "pattern", pattern: "(q[0-9]+)_" },
  });
  while ((await call<ImportState>("GET", `/imports/${importId}`)).state === "running") await page.waitForTimeout(100);
  const caseIds = (await patientsOf()).map(({ caseId }) => caseId);
  expect(caseIds).toHaveLength(MANY);
  await call("PATCH", "/cases", { splits: [{ split: "train", caseIds }] });
  const { pairingId } = await call<PairingDetail>("POST", "/pairings", { from: "t1", to: "t2", by: "name" });
  await page.reload();
  await go("Translate");
  const missing = page.getByTestId("missing");
  const all = MANY + 1; // the one of before has no target either, but a translation
  await expect.poll(() => missing.innerText()).toBe(`${all} images of t1 without t2`);
  const made = async () =>
    (await call<PairingDetail>("GET", `/pairings/${pairingId}`)).frames.filter(
      ({ target, translated }) => target === null && translated !== null,
    ).length;
  const before = await made();
  await page.keyboard.press("Control+Enter");
  const translating = page.getByTestId("translating");
  const runId = Number(await translating.getAttribute("data-run-id", patient));
  // As soon as the screen tells of an image that was made; looking from out here is slower than the work.
  const told = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const look = (): void => {
          const text = document.querySelector<HTMLElement>('[data-testid="translating"]')?.innerText ?? "";
          if (!/[1-9]\d* of/.test(text)) return void requestAnimationFrame(look);
          const buttons = [...document.querySelectorAll("button")];
          buttons.find((button) => button.innerText === "Cancel")!.click();
          resolve(text);
        };
        look();
      }),
  );
  expect(told).toContain(`of ${all - before}`);
  await translating.waitFor({ state: "detached", ...patient });
  expect((await call<RunRow>("GET", `/runs/${runId}`)).state).toBe("cancelled");
  const kept = await made();
  expect(kept).toBeGreaterThan(before);
  expect(kept).toBeLessThan(all);
  // What is kept is shown as such; what is asked for again is the rest.
  await expect.poll(() => rows().filter({ hasText: "translated" }).count()).toBeGreaterThan(0);
  const again = page.waitForResponse((response) => response.url().endsWith("/api/translations"));
  await page.keyboard.press("Control+Enter");
  expect(((await (await again).json()) as RunRow).steps).toBe(all - kept);
  await expect.poll(made, patient).toBe(all);
});

test("what is in front is learned from: the pairing that is looked at, not the newest", async () => {
  const choice = page.locator('select[name="pairing"]');
  const newest = await choice.inputValue();
  expect(newest).not.toBe("1");
  await choice.selectOption("1");
  await expect.poll(() => page.getByTestId("pairing").getAttribute("data-pairing-id")).toBe("1");
  const planned = page.waitForRequest((request) => request.url().endsWith("/api/run-plans"));
  await page.getByRole("button", { name: "Train a translation" }).click();
  await expect.poll(() => choice.inputValue()).toBe("1");
  expect((await planned).postDataJSON()).toMatchObject({ method: "reggan", pairing: 1 });
  // Chosen elsewhere, it is in front here too.
  const again = page.waitForRequest((request) => request.url().endsWith("/api/run-plans"));
  await choice.selectOption(newest);
  expect((await again).postDataJSON()).toMatchObject({ pairing: Number(newest) });
  await go("Value");
  await page.getByLabel("supervised training, images of the other modality too").check();
  await expect.poll(() => choice.inputValue()).toBe(newest);
  await go("Translate");
  await expect.poll(() => page.getByTestId("pairing").getAttribute("data-pairing-id")).toBe(newest);
  // An earlier training is repeated on what it learned from, with its own settings.
  await go("Train");
  await page.getByRole("tab", { name: "History" }).click();
  await page.locator("tr[data-run]").getByRole("button", { name: "Start again" }).click();
  await expect.poll(() => choice.inputValue()).toBe("1");
  await expect.poll(() => page.getByLabel("Steps", { exact: true }).inputValue()).toBe(String(small.steps));
  await choice.selectOption(newest);
  await expect.poll(() => choice.inputValue()).toBe(newest);
});

test("the model is judged on validation pairs, with intervals and pictures; the test split waits to be asked for", async () => {
  const folder = join(opened.home, "judging");
  mkdirSync(folder);
  for (const [name, image] of Object.entries({
    v1_t1: moved(await readBrain("patient07_z060_t1.png"), transformOf([2, -3, 4], plane)),
    v1_t2: moved(await readBrain("patient07_z060_t2.png"), transformOf([2, -3, 4], plane)),
    v2_t1: moved(await readBrain("patient19_z070_t1.png"), transformOf([-2, 1, 3], plane)),
    v2_t2: moved(await readBrain("patient19_z070_t2.png"), transformOf([-2, 1, 3], plane)),
  }))
    writeFileSync(join(folder, `${name}.png`), await pngOf(image));
  const { importId } = await call<ImportState>("POST", "/imports/folder", {
    paths: [folder],
    patient: { kind: "pattern", pattern: "(v[0-9]+)_" },
  });
  while ((await call<ImportState>("GET", `/imports/${importId}`)).state === "running") await page.waitForTimeout(100);
  const added = (await call<FrameRow[]>("GET", "/frames")).filter(({ name }) => name.startsWith("v"));
  const caseIds = [...new Set(added.map(({ caseId }) => caseId))];
  await call("PATCH", "/cases", { splits: [{ split: "val", caseIds }] });
  await go("Train");
  const results = page.getByTestId("translation-results");
  await results.getByText("Not judged on these pairs yet.").waitFor();
  await page.getByRole("button", { name: "Judge on validation pairs" }).click();
  await results.getByText("t1 to t2: 2 pairs of 2 patients").waitFor(patient);
  const told = await call<TranslationEvaluation>("GET", "/evaluations/translations?modelId=1&split=val");
  const { mean, low, high } = told.figures.nmae;
  const row = results.getByRole("row").filter({ hasText: "NMAE" }).first();
  for (const value of [mean, low, high]) expect(await row.innerText()).toContain(value!.toFixed(4));
  await expect.poll(() => page.getByTestId("translation-picture").count()).toBe(2);
  await expect
    .poll(() =>
      page
        .getByTestId("translation-picture")
        .first()
        .locator("canvas")
        .evaluate((canvas: HTMLCanvasElement) =>
          [...canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height).data].some(
            (value, at) => at % 4 !== 3 && value > 100,
          ),
        ),
    )
    .toBe(true);
  await results.scrollIntoViewIfNeeded();
  await expectAccessible(page);
  await screenshot(page, "translate-judged");
  await results.getByRole("combobox", { name: "Pairs" }).selectOption("test");
  await results.getByText("Not judged on these pairs yet.").waitFor();
  await page.getByRole("button", { name: "Judge on test pairs" }).click();
  await page.getByText("There is no pair to evaluate on.").waitFor();
});

test("every control is reached by keyboard, and dark shows all of it", async () => {
  await go("Translate");
  await rows().first().waitFor();
  expect(await focusFaults(page)).toEqual([]);
  await call("PATCH", "/preferences", { theme: "dark" });
  await page.reload();
  await go("Translate");
  await page.keyboard.press("4");
  await page.locator('[data-picture="error"] canvas').waitFor();
  await expectAccessible(page);
  await screenshot(page, "translate-panels-dark");
  await page.keyboard.press("1");
  await page.locator('[data-picture="together"] canvas').waitFor();
  await expectAccessible(page);
  await screenshot(page, "translate-dark");
});

test("nothing went wrong unseen", () => {
  expect(opened.complaints).toEqual([]);
});
