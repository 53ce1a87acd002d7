/** @file Paging through a long series that was imported, in a real Chromium with software GL: time per slice, and memory. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startApp } from "../../e2e/app.ts";
import { openWindow } from "../../e2e/canvas.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { writeTestDicom } from "../../imaging/dicom-writer.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";
import { taskSeconds } from "./main-thread.ts";

const root = resolve(import.meta.dirname, "../../..");
/** Slices of 512 x 512, 16 bits. */
const SLICES = 500;
const STARTS = 5;
/** Far from each other, so that none is fetched ahead when another is opened. */
const OPENED = Array.from({ length: 20 }, (_, at) => `slice${String(20 + 23 * at).padStart(4, "0")}`);

/** A project at `path` with one series of `SLICES` slices: a ramp with grain, so that nothing packs it away. */
function writeSeries(home: string, path: string): void {
  const folder = join(home, "series");
  mkdirSync(folder);
  let state = 1;
  const samples = Uint16Array.from({ length: 512 * 512 }, (_, at) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (at >>> 9) * 4 + (state >>> 23);
  });
  for (let slice = 0; slice < SLICES; slice++) {
    samples[0] = slice;
    const pixels = new Uint8Array(samples.slice().buffer);
    writeFileSync(
      join(folder, `slice${String(slice).padStart(4, "0")}.dcm`),
      writeTestDicom([
        [0x00080018, "UI", `1.2.3.${slice}`],
        [0x00100020, "LO", "bench"],
        [0x0020000e, "UI", "1.2.3"],
        [0x00200013, "IS", String(slice + 1)],
        [0x00280010, "US", 512],
        [0x00280011, "US", 512],
        [0x00280100, "US", 16],
        [0x00280101, "US", 16],
        [0x00280102, "US", 15],
        [0x7fe00010, "OW", pixels],
      ]),
    );
  }
  const cli = (...words: string[]): Buffer => execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words]);
  cli("new", path, "--classes", "structure");
  cli("import", path, folder, "--no-deidentify");
  rmSync(folder, { recursive: true });
}

/** Milliseconds from a click in the list to the image on the canvas, for images that were not fetched ahead. */
async function timeOpenings(page: Page): Promise<number[]> {
  const list = page.locator("[data-frame-id]:not(canvas)");
  const times: number[] = [];
  for (const name of OPENED) {
    await page.getByLabel("Search images").fill(name);
    await list.filter({ hasText: name }).first().waitFor();
    times.push(
      await page.evaluate(async () => {
        const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
        const row = document.querySelector<HTMLElement>("[data-frame-id]:not(canvas)")!;
        const start = performance.now();
        row.click();
        while (document.querySelector(`canvas[data-frame-id="${row.dataset["frameId"]}"]`) === null) await frame();
        await frame();
        return performance.now() - start;
      }),
    );
  }
  await page.getByLabel("Search images").fill("");
  await list.nth(1).waitFor();
  return times;
}

/** Milliseconds from each press of the arrow key to the slice on the canvas, `count` times. */
async function timeScroll(count: number): Promise<number[]> {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const shown = (): string | undefined =>
    document.querySelector<HTMLElement>("canvas[data-frame-id]")?.dataset["frameId"];
  const times: number[] = [];
  for (let step = 0; step < count; step++) {
    const before = shown();
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    while (shown() === before) {
      if (performance.now() - start > 10_000) throw new Error(`bench: nothing after slice ${step + 1} of ${count}.`);
      await frame();
    }
    times.push(performance.now() - start);
  }
  return times;
}

/** Resident memory of the largest renderer process in MB, as Linux counts it. */
async function rendererMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const resident = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1000);
  return Math.max(...resident);
}

/** Paging through a series that is imported: first to the end, then what that costs in memory. */
export async function benchPaging(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-series-"));
  const path = join(home, "series.aliquot");
  writeSeries(home, path);
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await openWindow({ browser, app, path });
    const canvas = page.locator("canvas[data-frame-id]");
    await canvas.waitFor();
    const starts: number[] = [];
    for (let run = 0; run < STARTS; run++) {
      const start = performance.now();
      await page.reload();
      await canvas.waitFor();
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      starts.push(performance.now() - start);
    }
    const openings = await timeOpenings(page);
    // In the field of the search the key would move its caret.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press("Home");
    await page.waitForTimeout(1000);
    const seconds = await taskSeconds(page);
    const before = await seconds();
    const times = await page.evaluate(timeScroll, SLICES - 1);
    const taskTime = (1000 * ((await seconds()) - before)) / times.length;
    const row = (workload: string, unit: string, ours: number, runs = times.length): Row =>
      ownRow("workspace", { workload, unit, ours, runs });
    const wall = times.reduce((sum, time) => sum + time, 0) / 1000;
    return [
      row("window to first image, server running, median", "ms", median(starts), STARTS),
      row("open any image of a series 512² 16-bit, median", "ms", median(openings), openings.length),
      row("open any image of a series 512² 16-bit, 95th percentile", "ms", quantile(openings, 0.95), openings.length),
      row("open the next slice of a series 512² 16-bit, median", "ms", median(times)),
      row("open the next slice of a series 512² 16-bit, 95th percentile", "ms", quantile(times, 0.95)),
      row(`scroll through ${SLICES} slices`, "slices/s", times.length / wall),
      row("scroll, main-thread time per slice, mean", "ms", taskTime),
      row(`renderer memory after ${SLICES} slices`, "MB", await rendererMemory(browser)),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
