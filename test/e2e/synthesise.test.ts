/**
 * @file The synthesis studio as a person uses it, in the built app and a real Chromium: a generator is really (if briefly) trained, pairs come while they
 * are made, and are accepted, rejected, taken back and asked for again by key. Pictures stay in test/output.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type {
  FrameRow,
  GeneratorRow,
  RunRow,
  SynthesisDetail,
  SynthesisRow,
  SyntheticPairRow,
} from "../../src-main/api/contract.ts";
import { expectAccessible } from "./accessibility.ts";
import { screenshot } from "./app.ts";
import { focusFaults } from "./focus.ts";
import { type AppWindow, openWindow } from "./window.ts";

/** Enough to paint something, and done in seconds. */
const generator = {
  size: 64,
  generatorSteps: 80,
  steps: 10,
  batchSize: 4,
  generatorWidth: 8,
  generatorWidest: 16,
  discriminatorWidth: 8,
  generatorRate: 0.002,
  width: 4,
  depth: 3,
  validateEvery: 10,
};
const judge = { size: 64, steps: 60, batchSize: 4, width: 8, depth: 3, validateEvery: 30 };
const patient = { timeout: 60_000 };

let opened: AppWindow;
let page: Page;
let call: AppWindow["call"];
let go: AppWindow["go"];
let project: string;

async function train(method: string, settings: object): Promise<void> {
  const { runId } = await call<RunRow>("POST", "/runs", { method, settings, seed: 1 });
  await expect
    .poll(async () => (await call<RunRow>("GET", `/runs/${runId}`)).state, { timeout: 200_000, interval: 500 })
    .toBe("done");
}

const grid = () => page.getByTestId("pair-grid");
const cells = () => grid().getByRole("option");
const panel = () => page.getByTestId("pair-panel");
const filter = (name: string) => page.locator(`[data-filter="${name}"]`);
const countOf = async (name: string) => Number(/\d+$/.exec(await filter(name).innerText())![0]);
const latest = async () => {
  const [row] = await call<SynthesisRow[]>("GET", "/synthesis");
  return call<SynthesisDetail>("GET", `/synthesis/${row!.runId}`);
};
const acceptable = ({ quality }: SyntheticPairRow) => quality.isNearCopy !== true;

beforeAll(async () => {
  opened = await openWindow("e2e-synthesise");
  ({ page, call, go } = opened);
  project = join(opened.home, "nuclei.aliquot");
  await call("POST", "/project/demo", { path: project });
  await page.reload();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
}, 120_000);

afterAll(async () => {
  await opened?.close();
});

test("without a generator the screen says what one takes, and leads to its training", async () => {
  await page.keyboard.press("Control+4");
  await page.getByTestId("no-generator").waitFor();
  await expect
    .poll(() => page.locator('[data-need="train"]').innerText())
    .toMatch(/\d+ annotated images to learn from/);
  await expectAccessible(page);
  await screenshot(page, "synthesise-no-generator");
  await page.getByRole("button", { name: "Train a generator" }).click();
  await expect.poll(() => page.locator('input[name="method"]:checked').inputValue()).toBe("genseg");
  await expect.poll(() => page.locator('select[name="preset"]').inputValue()).not.toBe("");
  await expect.poll(() => page.locator('input[name="generatorSteps"]').count()).toBe(1);
});

/** With fewer patients than a verdict on near-copies takes, so that no pair is withheld by how a generator of seconds paints. */
async function trainGenerator(): Promise<void> {
  const frames = await call<FrameRow[]>("GET", "/frames");
  const cases = [...new Set(frames.filter(({ split }) => split === "train").map(({ caseId }) => caseId))];
  await call("PATCH", "/cases", { splits: [{ split: "val", caseIds: cases.slice(7) }] });
  await train("genseg", generator);
}

test("a trained generator is listed with what it learned from, and its kernels", async () => {
  await train("segment", judge);
  await trainGenerator();
  await go("Synthesise");
  const [row] = await call<GeneratorRow[]>("GET", "/synthesis/generators");
  const listed = page.getByTestId("generators");
  await listed.getByText(row!.name).waitFor();
  await expect.poll(() => listed.innerText()).toContain(`${row!.sources} source mask`);
  await page.getByText("No pairs yet").waitFor();
  const searched = row!.architecture.flatMap(({ shares }) => shares);
  await expect.poll(() => page.getByTestId("architecture").locator("ol li").count()).toBe(searched.length);
  await expectAccessible(page);
  await screenshot(page, "synthesise-generator");
});

test("pairs come while they are made, each with its outline, and the run tells its quality", async () => {
  await page.getByText("Number", { exact: true }).click();
  await page.getByLabel("Number of pairs").fill("12");
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => cells().count(), patient).toBeGreaterThan(0);
  await page.getByTestId("quality").waitFor({ timeout: 120_000 });
  const { pairs, quality } = await latest();
  expect(pairs.length).toBe(12);
  const withheld = pairs.filter((pair) => !acceptable(pair)).length;
  await expect.poll(() => countOf("withheld")).toBe(withheld);
  await expect.poll(() => cells().count()).toBe(12 - withheld);
  await expect.poll(() => grid().locator("[data-outline]").count()).toBeGreaterThan(0);
  await expect.poll(() => page.getByTestId("quality").innerText(), patient).toContain("Alignment");
  if (quality!.alignment !== null) {
    await expect
      .poll(() => page.locator('[data-figure="alignment"]').innerText())
      .toContain(quality!.alignment.median.toFixed(2));
  }
  await expectAccessible(page);
  await screenshot(page, "synthesise");
});

test("the pair in front stands beside its source and its nearest real image", async () => {
  await cells().first().click();
  const pair = (await latest()).pairs.find(acceptable)!;
  await expect.poll(() => panel().getAttribute("data-pair-id")).toBe(String(pair.pairId));
  const frames = await call<FrameRow[]>("GET", "/frames");
  const nameOf = (frameId: number) => frames.find((frame) => frame.frameId === frameId)!.name;
  const told = await panel().innerText();
  expect(told).toContain(nameOf(pair.origin.parents[0]!.frameId));
  expect(told).toContain(nameOf(pair.quality.nearestFrameId));
  expect(told).toContain(`seed ${pair.origin.seed}`);
  await expect.poll(() => panel().locator('[data-fact="origin"]').innerText()).not.toBe("");
  await expect.poll(() => panel().locator("canvas").count()).toBe(2);
  const outlines = () => grid().locator("[data-outline]").count();
  await page.keyboard.press("l");
  await expect.poll(outlines).toBe(0);
  await page.keyboard.press("l");
  await expect.poll(outlines).toBeGreaterThan(0);
});

test("single keys accept, reject and take back, and go on to the next", async () => {
  const ids = (await latest()).pairs.filter(acceptable).map(({ pairId }) => pairId);
  const inFront = () => panel().getAttribute("data-pair-id");
  const states = async () =>
    Object.fromEntries((await latest()).pairs.map(({ pairId, state }) => [pairId, state] as const));
  await grid().focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("a");
  await expect.poll(inFront).toBe(String(ids[1]));
  await page.keyboard.press("x");
  await expect.poll(inFront).toBe(String(ids[2]));
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await states())[ids[2]!]).toBe("accepted");
  await expect.poll(async () => (await states())[ids[1]!]).toBe("rejected");
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await states())[ids[2]!]).toBe("undecided");
  await expect.poll(inFront).toBe(String(ids[2]));
  await expect.poll(() => countOf("accepted")).toBe(1);
  const accepted = (await latest()).pairs.find(({ state }) => state === "accepted")!;
  const frame = (await call<FrameRow[]>("GET", "/frames")).find(({ frameId }) => frameId === accepted.frameId)!;
  expect(frame).toMatchObject({ isSynthetic: true, split: "train" });
});

test("several are chosen and decided at once, undone as one", async () => {
  const before = await countOf("rejected");
  await cells().nth(3).click();
  await cells()
    .nth(5)
    .click({ modifiers: ["Shift"] });
  await page.getByText("3 pairs chosen").waitFor();
  await page.keyboard.press("x");
  await expect.poll(() => countOf("rejected")).toBe(before + 3);
  await expect.poll(async () => (await latest()).rejected).toBe(before + 3);
  await page.keyboard.press("u");
  await expect.poll(async () => (await latest()).rejected).toBe(before);
  await expect.poll(() => countOf("rejected")).toBe(before);
});

test("the well aligned are accepted together, after their number was told", async () => {
  await page.keyboard.press("Shift+A");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/Alignment/).fill("0");
  const undecided = (await latest()).pairs.filter((pair) => acceptable(pair) && pair.state === "undecided");
  const judged = undecided.filter(({ quality }) => quality.alignment !== null).length;
  await expect
    .poll(() => dialog.getByTestId("aligned-count").innerText())
    .toBe(`${judged} of ${undecided.length} undecided`);
  await expectAccessible(page);
  await screenshot(page, "synthesise-aligned");
  await dialog.getByRole("button", { name: `Accept ${judged} pairs` }).click();
  await expect.poll(async () => (await latest()).accepted, patient).toBe(judged + 1);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await latest()).accepted, patient).toBe(1);
});

test("more like one pair is a run of its own; both are found again after a reload", async () => {
  const first = await latest();
  await filter("accepted").click();
  await cells().first().click();
  const parents = first.pairs.find(({ state }) => state === "accepted")!.origin.parents.map(({ frameId }) => frameId);
  await page.keyboard.press("m");
  const dialog = page.getByRole("dialog", { name: "More like these" });
  await dialog.getByLabel("Number of pairs").fill("4");
  await expectAccessible(page);
  await screenshot(page, "synthesise-more");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await call<SynthesisRow[]>("GET", "/synthesis")).length, patient).toBe(2);
  await expect.poll(async () => (await latest()).made, { timeout: 120_000 }).toBe(4);
  const more = await latest();
  expect(more.pairs.every(({ origin }) => origin.parents.every(({ frameId }) => parents.includes(frameId)))).toBe(true);
  await page.reload();
  await go("Synthesise");
  const runs = page.getByTestId("synthesis-runs").getByRole("button");
  await expect.poll(() => runs.count()).toBe(2);
  await expect.poll(() => countOf("all")).toBe(more.pairs.filter(acceptable).length);
  await runs.nth(1).click();
  await expect.poll(() => countOf("accepted")).toBe(1);
  await expect.poll(() => countOf("rejected")).toBe(first.rejected);
});

test("near-copies stand apart with the reason, and no key accepts one", async () => {
  const { runId, pairs } = await call<SynthesisDetail>("GET", `/synthesis/${(await oldest()).runId}`);
  const copy = pairs.find(({ state }) => state === "undecided")!;
  await call("POST", "/project/close");
  const file = new Database(project);
  file
    .prepare("UPDATE synthetic_pair SET quality = json_set(quality, '$.isNearCopy', json('true')) WHERE id = ?")
    .run(copy.pairId);
  file.close();
  await call("POST", "/project/open", { path: project });
  await page.reload();
  await go("Synthesise");
  await page.locator(`[data-testid="synthesis-runs"] [data-run-id="${runId}"]`).click();
  await filter("withheld").click();
  await page.getByText(/taken for copies/).waitFor();
  await expect.poll(() => cells().count()).toBe(1);
  await cells().first().click();
  await expect.poll(() => panel().locator('[data-fact="verdict"]').getAttribute("data-verdict")).toBe("copy");
  await expect.poll(() => page.getByRole("button", { name: /^Accept A$/ }).isDisabled()).toBe(true);
  await page.keyboard.press("a");
  const reason = await page.getByText(/taken for copies/).boundingBox();
  expect(reason!.height, "the reason leaves the room to the pairs").toBeLessThan(100);
  await expectAccessible(page);
  await screenshot(page, "synthesise-withheld");
  await filter("all").click();
  await expect.poll(() => cells().count()).toBe(pairs.length - 1);
  await expect.poll(async () => (await oldest()).accepted).toBe(1);
});

const oldest = async () => (await call<SynthesisRow[]>("GET", "/synthesis")).at(-1)!;

test("every control is reached by keyboard, and dark shows all of it", async () => {
  expect(await focusFaults(page)).toEqual([]);
  await call("PATCH", "/preferences", { theme: "dark" });
  await page.reload();
  await go("Synthesise");
  await grid().locator("[data-outline]").first().waitFor();
  await expectAccessible(page);
  await screenshot(page, "synthesise-dark");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "What these figures mean" }).waitFor();
  await expectAccessible(page);
  await screenshot(page, "synthesise-quality");
  await page.keyboard.press("Escape");
});

test("a search is stopped from the training screen while it goes on, and the training goes on without it", async () => {
  const settings = { ...generator, generatorSteps: 10, steps: 4000 };
  const { runId } = await call<RunRow>("POST", "/runs", { method: "genseg", settings, seed: 1 });
  await go("Train");
  await page.getByRole("button", { name: "Stop the search, keep training" }).click(patient);
  await expect.poll(() => page.getByTestId("search-end").innerText(), patient).toMatch(/step \d/);
  const [, stoppedAt] = /step ([\d,]+)/.exec(await page.getByTestId("search-end").innerText())!;
  const stepOf = async () => (await call<RunRow>("GET", `/runs/${runId}`)).step;
  await expect.poll(stepOf, patient).toBeGreaterThan(Number(stoppedAt!.replace(",", "")) + 1);
  await call("POST", `/runs/${runId}/cancel`);
});

test("nothing went wrong unseen", () => {
  expect(opened.complaints).toEqual([]);
});
