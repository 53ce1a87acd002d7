/** @file What the hand feels, in a real Chromium with software GL: opening an image, and a brush stroke to its pixels. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { startApp } from "../e2e/app.ts";
import { launchChromium } from "../e2e/chromium.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { type Row, machineName, median, quantile } from "./rows.ts";
import { benchLargeGrid } from "./workspace/large-grid.ts";

const root = resolve(import.meta.dirname, "../..");
const images = join(root, "resources/demo/images");
const COUNT = 24;
const STROKE_MOVES = 60;
/** Slices of 512 x 512, 16 bits. */
const SLICES = 500;

/** Resolves in the page with the milliseconds until two frames after `data-frame-id` is `id`: the image was drawn. */
async function timeOpening(id: string): Promise<number> {
  const start = performance.now();
  document
    .querySelector<HTMLElement>(
      `button[data-frame-id="${id}"], li[data-frame-id="${id}"], [data-frame-id="${id}"]:not(canvas)`,
    )!
    .click();
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  while (document.querySelector(`canvas[data-frame-id="${id}"]`) === null) await frame();
  await frame();
  return performance.now() - start;
}

/** Milliseconds of main-thread work for each pointer move of a stroke, until the canvas was redrawn. */
async function timeStroke(moves: number): Promise<number[]> {
  const canvas = document.querySelector("canvas")!;
  const box = canvas.getBoundingClientRect();
  const send = (type: string, index: number) =>
    canvas.dispatchEvent(
      new PointerEvent(type, {
        clientX: box.left + box.width * (0.35 + (0.3 * index) / moves),
        clientY: box.top + box.height * (0.5 + 0.1 * Math.sin(index / 6)),
        button: type === "pointermove" ? -1 : 0,
        buttons: type === "pointerup" ? 0 : 1,
        pointerId: 1,
        isPrimary: true,
        bubbles: true,
      }),
    );
  const times: number[] = [];
  canvas.setPointerCapture = () => undefined; // a synthetic pointer cannot be captured
  canvas.releasePointerCapture = () => undefined;
  send("pointerdown", 0);
  for (let index = 1; index <= moves; index++) {
    const start = performance.now();
    send("pointermove", index);
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const gl = canvas.getContext("webgl2");
    if (gl !== null) gl.finish();
    times.push(performance.now() - start);
  }
  send("pointerup", moves);
  return times;
}

<<<<<<< HEAD
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
    while (shown() === before) await frame();
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
async function benchSeries(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-series-"));
  const path = join(home, "series.aliquot");
  writeSeries(home, path);
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(app.url);
    await page.evaluate(async (path) => {
      const headers = { "Content-Type": "application/json" };
      await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path }) });
    }, path);
    await page.reload();
    await page.locator("canvas[data-frame-id]").waitFor();
    const times = await page.evaluate(timeScroll, SLICES - 1);
    const row = (workload: string, unit: string, ours: number): Row => ({
      suite: "workspace",
      workload,
      unit,
      ours,
      peer: null,
      peerName: "",
      ratio: null,
      runs: times.length,
      machine: machineName(),
    });
    const seconds = times.reduce((sum, time) => sum + time, 0) / 1000;
    return [
      row("open the next slice of a series 512² 16-bit, median", "ms", median(times)),
      row("open the next slice of a series 512² 16-bit, 95th percentile", "ms", quantile(times, 0.95)),
      row(`scroll through ${SLICES} slices`, "slices/s", times.length / seconds),
      row(`renderer memory after ${SLICES} slices`, "MB", await rendererMemory(browser)),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

=======
/** Hand tools on a project of a few images, then lists on one of very many. */
>>>>>>> 63c55ee (The data screen: grid and table of all images with filters, order and bulk splits, a leak check, classes with counts, figures of the set)
export async function benchWorkspace(): Promise<Row[]> {
  return [...(await benchHand()), ...(await benchLargeGrid())];
}

async function benchHand(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-workspace-"));
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(app.url);
    await page.getByLabel("Name", { exact: true }).fill("Bench");
    await page.getByLabel("What do you want to outline?").fill("structure");
    await page.getByRole("button", { name: "Create project" }).click();
    await page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
    const files = readdirSync(images).toSorted().slice(0, COUNT);
    await page.getByTestId("images-files").setInputFiles(files.map((name) => join(images, name)));
    await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await page.locator('[data-testid="import-report"][data-state="done"]').waitFor();
    await page.getByRole("button", { name: "Show images" }).click();
    await page.locator("[data-frame-id]").first().waitFor();
    const ids = await page
      .locator("[data-frame-id]:not(canvas)")
      .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset["frameId"]!));

    const openings: number[] = [];
    for (const id of ids.slice(1)) openings.push(await page.evaluate(timeOpening, id));
    await page.keyboard.press("b");
    const moves = await page.evaluate(timeStroke, STROKE_MOVES);
    const row = (workload: string, values: number[], fraction: number): Row => ({
      suite: "workspace",
      workload,
      unit: "ms",
      ours: fraction === 0.5 ? median(values) : quantile(values, fraction),
      peer: null,
      peerName: "",
      ratio: null,
      runs: values.length,
      machine: machineName(),
    });
    return [
      row("open an imported image 256² to first pixel, median", openings, 0.5),
      row("open an imported image 256² to first pixel, 95th percentile", openings, 0.95),
      row("brush move to pixels on screen 256², median", moves, 0.5),
      row("brush move to pixels on screen 256², 95th percentile", moves, 0.95),
      ...(await benchSeries()),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
