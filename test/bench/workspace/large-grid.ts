/** @file The data screen with 100 000 images, in a real Chromium with software GL: to first paint, while it scrolls, filters and sorts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startApp } from "../../e2e/app.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";
import { makeLargeProject } from "./large-project.ts";

const IMAGES = 100_000;
const PAINTS = 9;
const SCROLL_FRAMES = 240;

/** Milliseconds from the click on "Data" until two frames after its cells exist and the first pictures in sight are decoded. */
async function timeFirstPaint(): Promise<number> {
  const place = [...document.querySelectorAll<HTMLElement>("nav button")].find((button) =>
    button.textContent.includes("Data"),
  )!;
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const start = performance.now();
  place.click();
  while (document.querySelector('[data-testid="frame-grid"] [role="option"]') === null) await frame();
  await Promise.all([...document.querySelectorAll<HTMLImageElement>('[role="option"] img')].map((img) => img.decode()));
  await frame();
  await frame();
  return performance.now() - start;
}

/** Times between drawn frames (ms) while the list scrolls: by `step` CSS pixels a frame. */
async function timeScroll({ list, frames, step }: { list: string; frames: number; step: number }): Promise<number[]> {
  const element = document.querySelector(list)!;
  const frame = () => new Promise<number>((drawn) => requestAnimationFrame(drawn));
  const times: number[] = [];
  let before = await frame();
  for (let index = 0; index < frames; index++) {
    element.scrollTop += step;
    const now = await frame();
    times.push(now - before);
    before = now;
  }
  return times;
}

/** Milliseconds from a choice in a field until two frames after the list shows it. */
async function timeChoice({ label, value }: { label: string; value: string }): Promise<number> {
  const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(`[aria-label="${label}"]`)!;
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const start = performance.now();
  field.value = value;
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
  await frame();
  await frame();
  return performance.now() - start;
}

/** Milliseconds until the figures of the set are drawn. */
async function timeStatistics(page: Page): Promise<number> {
  const start = performance.now();
  await page.getByRole("tab", { name: "Statistics" }).click();
  await page.getByTestId("statistics").waitFor({ timeout: 120_000 });
  return performance.now() - start;
}

async function timeEach(page: Page, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    times.push(await page.evaluate(timeFirstPaint));
    await page.getByRole("navigation").getByRole("button", { name: "Annotate" }).click();
    await page.getByRole("listbox").first().waitFor();
  }
  return times;
}

/** Rows for a project of 100 000 images, which is made first. */
export async function benchLargeGrid(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-grid-"));
  const file = join(home, "large.aliquot");
  await makeLargeProject(file, IMAGES);
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(app.url);
    await page.getByRole("button", { name: "Open project" }).waitFor();
    const opening = await page.evaluate(async (path) => {
      const start = performance.now();
      const body = JSON.stringify({ path });
      const headers = { "content-type": "application/json" };
      await fetch("/api/project/open", { method: "POST", body, headers });
      while (document.querySelector("[data-frame-id]:not(canvas)") === null) {
        await new Promise((drawn) => requestAnimationFrame(drawn));
      }
      return performance.now() - start;
    }, file);
    const paints = await timeEach(page, PAINTS);
    await page.getByRole("navigation").getByRole("button", { name: "Data" }).click();
    await page.getByTestId("frame-grid").waitFor();
    const scroll = (list: string, step: number) =>
      page.evaluate(timeScroll, { list: `[data-testid="${list}"]`, frames: SCROLL_FRAMES, step });
    const grid = await scroll("frame-grid", 120);
    const flick = await scroll("frame-grid", 4000);
    await page.getByRole("button", { name: "Table" }).click();
    await page.getByTestId("frame-table").waitFor();
    const table = await scroll("frame-table", 120);
    const choices = async (label: string, values: string[]): Promise<number[]> => {
      const times: number[] = [];
      for (const value of values) times.push(await page.evaluate(timeChoice, { label, value }));
      return times;
    };
    await page.getByRole("button", { name: "Grid" }).click();
    await page.getByTestId("frame-grid").waitFor();
    const typing = await choices("Search images", ["0", "01", "012", "0123", "012", "01", "0", ""]);
    const filtering = await choices("Filter by split", ["train", "val", "test", "unlabelled", "unassigned", "all"]);
    const sorting = await choices("Sort by", ["name", "case", "split", "state", "expectedDice", "annotated", "listed"]);
    const statistics = await timeStatistics(page);
    const row = (workload: string, ours: number, runs: number): Row =>
      ownRow("workspace", { workload: `100 000 images: ${workload}`, unit: "ms", ours, runs });
    const spread = (workload: string, times: number[]): Row[] => [
      row(`${workload}, median`, median(times), times.length),
      row(`${workload}, 95th percentile`, quantile(times, 0.95), times.length),
      row(`${workload}, longest`, Math.max(...times), times.length),
    ];
    return [
      row("open the project to the first rows of the list", opening, 1),
      ...spread("grid to first paint with pictures", paints),
      ...spread("grid, frame while scrolling 120 px a frame", grid),
      ...spread("grid, frame while scrolling 4000 px a frame", flick),
      ...spread("table, frame while scrolling 120 px a frame", table),
      ...spread("a letter typed into the search, to the list drawn", typing),
      ...spread("a split chosen to filter by, to the list drawn", filtering),
      ...spread("another order chosen, to the list drawn", sorting),
      row("figures of the set, 10 000 annotations", statistics, 1),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
