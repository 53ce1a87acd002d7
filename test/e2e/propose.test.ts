/**
 * @file The model in the loop as a person meets it, in the built app and a real Chromium: propose, scribble, accept, undo, redo, restart,
 * and proposals that are there when the next image opens.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { expectAccessible, standStill } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");
const demo = join(root, "resources/demo");

const home = mkdtempSync(join(tmpdir(), "aliquot-e2e-propose-"));
const project = join(home, "nuclei.aliquot");
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

const cli = (...words: string[]): string =>
  execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], {
    env: { ...process.env, ALIQUOT_HOME: home },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });

/** Nuclei of the demo with masks, as of three patients, and some without, under names that can hold no name of a person. */
function writeImages(): void {
  for (const folder of ["labelled/images", "labelled/masks", "plain"])
    mkdirSync(join(home, folder), { recursive: true });
  const names = readdirSync(join(demo, "images")).toSorted().slice(0, 20);
  for (const [index, name] of names.entries()) {
    const patient = `p0${1 + Math.floor(index / 5)}`;
    const renamed = `${patient}_${index}.png`;
    const isPlain = patient === "p04";
    copyFileSync(join(demo, "images", name), join(home, isPlain ? "plain" : "labelled/images", renamed));
    if (!isPlain) copyFileSync(join(demo, "masks", name), join(home, "labelled/masks", renamed));
  }
}

async function openPage(): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/ERR_CONNECTION|Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(app.url);
}

const request = <T>(path: string, json?: object): Promise<T> =>
  page.evaluate(
    async ([path, json]) => {
      const headers = { "Content-Type": "application/json" };
      const options = json === null ? {} : { method: "POST", headers, body: JSON.stringify(json) };
      return (await fetch(`/api${path}`, options)).json();
    },
    [path, json ?? null] as const,
  ) as Promise<T>;

const bytesOf = async (path: string): Promise<Uint8Array> =>
  decodeLabelMap(
    Uint8Array.from(
      await page.evaluate(async (path) => [...new Uint8Array(await (await fetch(`/api${path}`)).arrayBuffer())], path),
    ),
  ).data;

interface Proposal {
  proposalId: number;
  scribbles: object[];
}
const proposalOn = (frameId: string) => request<Proposal | null>(`/proposals/frames/${frameId}`);
const annotation = (frameId: string) => bytesOf(`/frames/${frameId}/mask`);
const canvas = () => page.getByTestId("canvas");
const layer = () => page.getByRole("region", { name: "Layers" }).locator('[data-layer="proposal"]');
const panel = () => page.getByTestId("proposal-panel");
const row = (place: number) => page.locator("[data-frame-id]:not(canvas)", { hasText: "p04" }).nth(place);

async function open(place: number): Promise<string> {
  const frameId = (await row(place).getAttribute("data-frame-id"))!;
  await row(place).click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  return frameId;
}

/** A drag in image coordinates. */
async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  const box = (await canvas().boundingBox())!;
  const value = async (name: string) => Number(await canvas().getAttribute(name));
  const [scale, left, top] = [await value("data-scale"), await value("data-offset-x"), await value("data-offset-y")];
  const at = ({ x, y }: { x: number; y: number }) => [box.x + left! + scale! * x, box.y + top! + scale! * y] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 5 });
  await page.mouse.up();
}

beforeAll(async () => {
  writeImages();
  cli("new", project, "--classes", "nucleus");
  cli("import", project, join(home, "labelled/images"), "--masks", join(home, "labelled/masks"), "--split", "train");
  cli("import", project, join(home, "plain"), "--split", "unlabelled");
  browser = await launchChromium();
  app = await startApp(home);
  await openPage();
  await request("/project/open", { path: project });
  await page.reload();
  await page.locator("[data-frame-id]").first().waitFor();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

test("without a model, the panel and the key say how to get one", async () => {
  await open(0);
  await expect.poll(() => panel().innerText()).toContain("no model yet");
  await page.keyboard.press("q");
  await page.getByText("Annotate some images, assign patients").last().waitFor();
  await expect.poll(() => layer().count()).toBe(0);
});

test("a trained model proposes by one key, and the layer is not the annotation", async () => {
  const cases = await request<{ caseId: number; caseName: string }[]>("/frames");
  const caseOf = (name: string) => cases.find(({ caseName }) => caseName === name)!.caseId;
  const splits = [{ split: "val", caseIds: [caseOf("p02")] }];
  await page.evaluate(
    async (splits) =>
      fetch("/api/cases", {
        method: "PATCH",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ splits }),
      }),
    splits,
  );
  await panel().getByRole("button", { name: "Go to training" }).click();
  const settings = { size: 64, width: 8, depth: 3, steps: 120, batchSize: 4, validateEvery: 40, learningRate: 0.01 };
  const { runId } = await request<{ runId: number }>("/runs", { method: "segment", settings });
  await expect
    .poll(async () => (await request<{ state: string }>(`/runs/${runId}`)).state, { timeout: 120_000 })
    .toBe("done");
  await page.getByRole("navigation").getByRole("button", { name: "Annotate" }).click();
  // Only when asked, so that each step can be told from the next.
  await panel().getByLabel("Propose by itself, and ahead").uncheck();
  const frameId = await open(1);
  await expect.poll(() => layer().count()).toBe(0);
  await page.keyboard.press("q");
  await page.getByTestId("proposal-quality").waitFor({ timeout: 60_000 });
  await layer().waitFor();
  await expect.poll(async () => (await annotation(frameId)).some((value) => value !== 0)).toBe(false);
  await standStill(page);
  await screenshot(page, "propose-light");
  await expectAccessible(page);
}, 180_000);

test("scribbles correct the proposal; accepted, undone and redone it stays so over a kill", async () => {
  const frameId = (await canvas().getAttribute("data-frame-id"))!;
  const first = (await proposalOn(frameId))!;
  await page.keyboard.press("s");
  await drag({ x: 20, y: 20 }, { x: 40, y: 24 });
  await page.getByText("Corrected by 1 scribble.").waitFor();
  const second = (await proposalOn(frameId))!;
  expect(second.scribbles).toHaveLength(1);
  const mask = await bytesOf(`/proposals/${second.proposalId}/mask`);
  expect(mask[20 * 256 + 20]).toBe(1);
  await page.keyboard.down("Alt");
  await drag({ x: 20, y: 20 }, { x: 40, y: 24 });
  await page.keyboard.up("Alt");
  await page.getByText("Corrected by 2 scribbles.").waitFor();
  await screenshot(page, "propose-scribbles");
  const third = (await proposalOn(frameId))!;
  const corrected = await bytesOf(`/proposals/${third.proposalId}/mask`);
  expect(corrected[20 * 256 + 20]).toBe(0);

  await page.keyboard.press("Shift+A");
  await expect.poll(() => annotation(frameId)).toEqual(corrected);
  await layer().waitFor({ state: "detached" });
  const rows = await request<{ frameId: number; annotation: string }[]>("/frames");
  expect(rows.find((each) => String(each.frameId) === frameId)!.annotation).toBe("edited");

  await app.killHard();
  await page.close();
  app = await startApp(home);
  await openPage();
  await page.getByRole("button", { name: "nuclei" }).first().click();
  await page.locator(`[data-frame-id="${frameId}"]`).first().click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  await expect.poll(() => annotation(frameId)).toEqual(corrected);
  const undo = page.getByRole("button", { name: "Undo", exact: true });
  await expect.poll(() => undo.isEnabled()).toBe(true);
  for (const each of [third, second, first]) {
    await page.keyboard.press("Control+z");
    await expect.poll(async () => (await proposalOn(frameId))?.proposalId).toBe(each.proposalId);
    await layer().waitFor();
  }
  await expect.poll(() => undo.isEnabled()).toBe(false);
  await expect.poll(async () => (await annotation(frameId)).some((value) => value !== 0)).toBe(false);
  for (const each of [second, third]) {
    await page.keyboard.press("Control+Shift+z");
    await expect.poll(async () => (await proposalOn(frameId))?.proposalId).toBe(each.proposalId);
  }
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => annotation(frameId)).toEqual(corrected);
}, 120_000);

test("on the next images the proposal is there by itself, one part of it is taken by a click, the rest is rejected", async () => {
  await panel().getByLabel("Propose by itself, and ahead").check();
  const frameId = await open(2);
  await layer().waitFor({ timeout: 60_000 });
  await screenshot(page, "propose-ahead");
  const proposal = (await proposalOn(frameId))!;
  const mask = await bytesOf(`/proposals/${proposal.proposalId}/mask`);
  const inside = mask.findIndex((value) => value === 1);
  await page.keyboard.press("Shift+S");
  const point = { x: (inside % 256) + 0.5, y: Math.floor(inside / 256) + 0.5 };
  await drag(point, point);
  await expect.poll(async () => (await annotation(frameId))[inside]).toBe(1);
  await expect.poll(async () => (await proposalOn(frameId))?.proposalId).toBe(proposal.proposalId);
  await page.keyboard.press("Delete");
  await layer().waitFor({ state: "detached" });
  await page.keyboard.press("Control+z");
  await layer().waitFor();
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await annotation(frameId))[inside]).toBe(0);
  await page.getByRole("button", { name: "Switch to dark theme" }).click();
  await standStill(page);
  await screenshot(page, "propose-dark");
  await expectAccessible(page);
}, 120_000);

test("the page had nothing to complain about", () => {
  expect(complaints).toEqual([]);
});
