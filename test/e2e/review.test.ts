/**
 * @file Review as a person does it, in the built app and a real Chromium: worst first, one key a decision, region by region, corrections at the
 * doubtful place, and all of it taken back.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { expectAccessible, standStill } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { onPage, openWindow } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";
import { makeReviewProject, type ProposedImage, type ReviewProject } from "./review-project.ts";

const IMAGES = 12;

const home = mkdtempSync(join(tmpdir(), "aliquot-e2e-review-"));
let made: ReviewProject;
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

const canvas = () => page.getByTestId("canvas");
const regionPanel = () => page.getByTestId("region-panel");
const scale = async () => Number(await canvas().getAttribute("data-scale"));

const request = <T>(path: string): Promise<T> =>
  page.evaluate(async (path) => (await fetch(`/api${path}`)).json(), path) as Promise<T>;

async function annotation(frameId: number): Promise<Uint8Array> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  return decodeLabelMap(Uint8Array.from(bytes)).data;
}

async function stateOf({ proposalId }: ProposedImage): Promise<string> {
  return (await request<{ state: string }>(`/proposals/${proposalId}`)).state;
}

/** Waits until the proposal of that place in the queue's first order is on the canvas. */
const inFront = (place: number) =>
  page.locator(`[data-testid="canvas"][data-frame-id="${made.frameIds[place]}"]`).waitFor();

async function click(at: { x: number; y: number }, modifiers: ("Alt" | "Shift")[] = []): Promise<void> {
  const { x, y } = await onPage(canvas(), at);
  for (const key of modifiers) await page.keyboard.down(key);
  await page.mouse.click(x, y);
  for (const key of modifiers) await page.keyboard.up(key);
}

async function openReview(): Promise<void> {
  page = await openWindow({ browser, app, path: made.path });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.getByRole("navigation").getByRole("button", { name: "Review" }).click();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
}

beforeAll(async () => {
  made = await makeReviewProject(home, IMAGES);
  browser = await launchChromium();
  app = await startApp(home);
  await openReview();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

beforeEach(() => standStill(page));

test("why it is the worst is told in words, and where teacher and student disagree in colors", async () => {
  await inFront(0);
  await page
    .getByRole("region", { name: "Worst first" })
    .getByText("size outlier, teacher and student disagree")
    .waitFor();
  const why = page.getByTestId("case-panel");
  await why.getByText("The size of nucleus lies 4.2 deviations from annotated cases.").waitFor();
  await expect.poll(() => why.innerText()).toContain("uncalibrated");
  await page.keyboard.press("t");
  await page.getByTestId("heat-legend").getByText("Teacher against student").waitFor();
  await screenshot(page, "review-difference-light");
  await expectAccessible(page);
  await page.keyboard.press("c");
  await page.getByTestId("heat-legend").getByText("Uncertainty").waitFor();
  await page.keyboard.press("c");
  await page.getByTestId("heat-legend").waitFor({ state: "detached" });
});

test("the worst is in front, and a key accepts it while the next one is shown", async () => {
  await inFront(0);
  await screenshot(page, "review-queue-light");
  await expectAccessible(page);
  await page.keyboard.press("a");
  await inFront(1);
  await expect.poll(() => stateOf(made.proposals[0]!)).toBe("accepted");
  await expect.poll(() => annotation(made.frameIds[0]!)).toEqual(made.proposals[0]!.proposed);
  await expect.poll(() => page.getByTestId("review-progress").innerText()).toContain("1 of 12");
});

test("a click removes a part, undo brings it back, and what is accepted is the rest", async () => {
  const { falseAt, truth, proposed } = made.proposals[1]!;
  await click(falseAt);
  await page.getByTestId("region-marks").getByText("0 kept, 1 removed").waitFor();
  await page.keyboard.press("Control+z");
  await page.getByTestId("region-marks").waitFor({ state: "detached" });
  await expect
    .poll(() => stateOf(made.proposals[0]!), { message: "undo took back the region, not the decision before" })
    .toBe("accepted");
  await click(falseAt);
  await page.keyboard.press("s");
  await inFront(2);
  await page.keyboard.press("ArrowLeft");
  await inFront(1);
  await page.getByTestId("region-marks").getByText("0 kept, 1 removed").waitFor();
  await page.getByRole("button", { name: "Accept the rest" }).waitFor();
  await page.keyboard.press("Enter");
  await inFront(2);
  await expect.poll(() => stateOf(made.proposals[1]!)).toBe("edited");
  expect(truth).not.toEqual(proposed);
  await expect.poll(() => annotation(made.frameIds[1]!)).toEqual(truth);
});

test("keys go to the doubtful place close up, and decide about it", async () => {
  const { truth } = made.proposals[2]!;
  const whole = await scale();
  await regionPanel().getByText("1 doubtful place, 3 parts").waitFor();
  await page.keyboard.press("n");
  await regionPanel().getByText("Doubtful place: nucleus").waitFor();
  await expect.poll(() => scale()).toBeGreaterThan(1.5 * whole);
  await screenshot(page, "review-region-light");
  await expectAccessible(page);
  await page.keyboard.press("d");
  await page.getByTestId("region-marks").getByText("0 kept, 1 removed").waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(scale).toBe(whole);
  await page.keyboard.press("a");
  await inFront(3);
  await expect.poll(() => scale(), { message: "the next one is seen whole" }).toBe(whole);
  await expect.poll(() => annotation(made.frameIds[2]!)).toEqual(truth);
});

test("only what was kept is accepted, if that is what is asked for", async () => {
  const { trueAt, truth } = made.proposals[3]!;
  await click(trueAt, ["Alt"]);
  await page.getByTestId("region-marks").getByText("1 kept, 0 removed").waitFor();
  await page.keyboard.press("Shift+A");
  await inFront(4);
  const stored = await annotation(made.frameIds[3]!);
  const at = (map: Uint8Array, { x, y }: { x: number; y: number }) => map[Math.floor(y) * 96 + Math.floor(x)];
  expect(at(stored, trueAt)).toBe(1);
  expect(stored.filter((value) => value === 1).length).toBeLessThan(truth.filter((value) => value === 1).length);
});

test("correct opens the tools at the doubtful place, and the review goes on after it is saved", async () => {
  const whole = await scale();
  const { falseAt, proposed } = made.proposals[4]!;
  await page.keyboard.press("e");
  await page.getByRole("button", { name: "Save edited" }).waitFor();
  await expect.poll(() => canvas().getAttribute("data-tool")).toBe("brush");
  await expect.poll(() => scale()).toBeGreaterThan(whole);
  await page.keyboard.press("e");
  const at = await onPage(canvas(), falseAt);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 30, at.y, { steps: 4 });
  await page.mouse.up();
  await screenshot(page, "review-correct-light");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await inFront(5);
  await expect.poll(() => stateOf(made.proposals[4]!)).toBe("edited");
  const stored = await annotation(made.frameIds[4]!);
  expect(stored[Math.floor(falseAt.y) * 96 + Math.floor(falseAt.x)]).toBe(0);
  expect(proposed[Math.floor(falseAt.y) * 96 + Math.floor(falseAt.x)]).toBe(1);
});

test("a rejected proposal waits again when that is taken back", async () => {
  await page.keyboard.press("x");
  await inFront(6);
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("rejected");
  await page.keyboard.press("Control+z");
  await inFront(5);
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("pending");
});

test("what was removed of a proposal is still removed after the app was killed, and can be taken back", async () => {
  const { falseAt, trueAt, truth } = made.proposals[5]!;
  await click(trueAt, ["Alt"]);
  await click(falseAt);
  const marks = () => page.getByTestId("region-marks");
  await marks().getByText("1 kept, 1 removed").waitFor();
  await expect
    .poll(async () => (await request<object[]>(`/review/${made.proposals[5]!.proposalId}/regions`)).length)
    .toBe(2);
  await app.killHard();
  await page.close();
  app = await startApp(home);
  await openReview();
  await inFront(5);
  await marks().getByText("1 kept, 1 removed").waitFor();
  // The same region is known as the same: a second click takes the verdict back, another brings it again.
  await click(falseAt);
  await marks().getByText("1 kept, 0 removed").waitFor();
  await click(falseAt);
  await page.keyboard.press("a");
  await inFront(6);
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("edited");
  await expect.poll(() => annotation(made.frameIds[5]!)).toEqual(truth);
  await page.keyboard.press("Control+z");
  await inFront(5);
  await marks().getByText("1 kept, 1 removed").waitFor();
  await page.keyboard.press("Control+z");
  await marks().getByText("1 kept, 0 removed").waitFor();
  await page.keyboard.press("Control+z");
  await marks().waitFor({ state: "detached" });
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("pending");
  await expect
    .poll(async () => (await request<object[]>(`/review/${made.proposals[5]!.proposalId}/regions`)).length)
    .toBe(0);
});

test("a decision is taken back after the app was killed", async () => {
  await page.keyboard.press("a");
  await inFront(6);
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("accepted");
  await app.killHard();
  await page.close();
  app = await startApp(home);
  await openReview();
  await inFront(6);
  await page.keyboard.press("Control+z");
  await inFront(5);
  await expect.poll(() => stateOf(made.proposals[5]!)).toBe("pending");
  await expect.poll(async () => (await annotation(made.frameIds[5]!)).some((value) => value !== 0)).toBe(false);
});

test("who made a mask is told, with which model and how much was changed", async () => {
  const queue = page.getByRole("region", { name: "Worst first" });
  await queue.getByLabel("Filter by state").selectOption("accepted");
  await inFront(0);
  const provenance = page.getByTestId("provenance");
  await provenance.getByText("U-Net, run 1").waitFor();
  await expect.poll(() => provenance.innerText()).toMatch(/accepted proposal[\s\S]*not at all/);
  await queue.getByLabel("Filter by state").selectOption("edited");
  await inFront(1);
  await provenance.getByText("corrected proposal").waitFor();
  await expect.poll(() => provenance.innerText()).toMatch(/Dice 0\.\d+ with the proposal/);
  await queue.getByLabel("Filter by state").selectOption("pending");
});

test("what cannot be known is not shown as a figure, and nothing is accepted unseen without a reason", async () => {
  await expect.poll(() => page.getByTestId("residual-error").innerText()).toContain("not enough reviewed yet");
  const above = page.getByTestId("accept-above");
  await expect.poll(() => above.getAttribute("data-met")).toBe("false");
  await expect.poll(() => above.getByRole("button").isDisabled()).toBe(true);
  await expect.poll(() => above.getByTestId("accept-reason").innerText()).not.toBe("");
});

test("the queue lists what is asked for", async () => {
  const queue = page.getByRole("region", { name: "Worst first" });
  await queue.getByLabel("Filter by state").selectOption("edited");
  await expect.poll(() => queue.locator("footer").innerText()).toBe("4 of 12 proposals");
  await expect.poll(() => page.getByRole("button", { name: /^Accept ?A$/ }).isDisabled()).toBe(true);
  await queue.getByLabel("Filter by state").selectOption("all");
  await queue.getByLabel("Search patients and images").fill("p04");
  await expect.poll(() => queue.locator("footer").innerText()).toBe("3 of 12 proposals");
  await queue.getByLabel("Search patients and images").fill("nobody");
  await queue.getByText("No proposal matches the filter.").waitFor();
  await expectAccessible(page);
  await queue.getByLabel("Search patients and images").fill("");
  await queue.getByLabel("Filter by state").selectOption("pending");
});

test("the screen is legible dark, and on a large screen", async () => {
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await standStill(page);
  await page.keyboard.press("c");
  await screenshot(page, "review-dark");
  await expectAccessible(page);
  await page.setViewportSize({ width: 2560, height: 1440 });
  await screenshot(page, "review-dark-large");
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("what is proven good is accepted unseen but for the audit, and taken back at once", async () => {
  const proven = await makeReviewProject(home, 30, { proven: 60, name: "proven" });
  await page.close();
  made = proven;
  await openReview();
  const above = page.getByTestId("accept-above");
  await expect.poll(() => above.getAttribute("data-met")).toBe("true");
  await expect
    .poll(() => page.getByTestId("residual-error").innerText())
    .toMatch(/Estimated residual error \d+\.\d% ± \d/);
  const before = await page.getByTestId("review-progress").innerText();
  await screenshot(page, "review-proven-dark");
  await expectAccessible(page);
  await above.getByRole("button").click();
  const notice = page.getByText(/\d+ proposals? accepted unseen, \d+ left for the audit\./);
  await notice.waitFor();
  const accepted = Number(/^\d+/.exec(await notice.innerText())![0]);
  expect(accepted).toBeGreaterThan(3);
  await page.getByText(`${accepted} more were accepted unseen`).waitFor();
  await expect
    .poll(() => page.getByTestId("review-progress").innerText(), { message: "nobody looked at them" })
    .toBe(before);
  await page.getByRole("region", { name: "Worst first" }).getByText("Audit", { exact: true }).first().waitFor();
  const rows = await request<{ state: string }[]>("/proposals?state=accepted");
  expect(rows).toHaveLength(accepted);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await request<object[]>("/proposals?state=accepted")).length).toBe(0);
});

test("the page had nothing to complain about", () => {
  expect(complaints).toEqual([]);
});
