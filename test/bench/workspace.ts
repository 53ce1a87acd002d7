/** @file What the hand feels, in a real Chromium with software GL: opening an image, and a brush stroke to its pixels. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startApp } from "../e2e/app.ts";
import { launchChromium } from "../e2e/chromium.ts";
import { ownRow, quantile, type Row } from "./rows.ts";
import { benchBrush } from "./workspace/brush.ts";
import { benchColdStart } from "./workspace/cold-start.ts";
import { benchLargeGrid } from "./workspace/large-grid.ts";
import { benchPaging } from "./workspace/paging.ts";
import { benchProposals } from "./workspace/proposals.ts";
import { benchReview } from "./workspace/review.ts";
import { benchStrokeBytes } from "./workspace/stroke-bytes.ts";

const root = resolve(import.meta.dirname, "../..");
const images = join(root, "resources/demo/images");
const COUNT = 24;
const STROKE_MOVES = 60;

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

/** By what they try: what strokes take, hand tools on a project of a few images, a long series, models, then lists on one of very many. */
const parts: Record<string, () => Row[] | Promise<Row[]>> = {
  bytes: benchStrokeBytes,
  hand: benchHand,
  brush: benchBrush,
  paging: benchPaging,
  proposals: benchProposals,
  review: benchReview,
  grid: benchLargeGrid,
  start: benchColdStart,
};

export async function benchWorkspace({ only = /./ }: { only?: RegExp } = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(parts)) {
    if (!only.test(name)) continue;
    console.error(`bench: workspace ${name}`);
    rows.push(...(await bench()));
  }
  return rows;
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
    const row = (workload: string, values: number[], fraction: number): Row =>
      ownRow("workspace", { workload, unit: "ms", ours: quantile(values, fraction), runs: values.length });
    return [
      row("open an imported image 256² to first pixel, median", openings, 0.5),
      row("open an imported image 256² to first pixel, 95th percentile", openings, 0.95),
      row("brush move to pixels on screen 256², median", moves, 0.5),
      row("brush move to pixels on screen 256², 95th percentile", moves, 0.95),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
