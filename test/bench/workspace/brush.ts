/** @file A stroke of the brush in a real Chromium with software GL: main-thread time of each move, from the event to the drawing calls. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { startApp } from "../../e2e/app.ts";
import { openImage, openWindow } from "../../e2e/canvas.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";
import { taskSeconds, watchFrames } from "./main-thread.ts";

const root = resolve(import.meta.dirname, "../../..");
const sides = [512, 4096];
const MOVES = 60;

interface Stroke {
  /** Handler, what follows from it, and the drawing calls, ms for each move. */
  moves: number[];
  /** Of the end of the stroke, which encodes the label map. */
  end: number;
}

/** A stroke over the picture by events of the page; each move waits for its frame, and that wait is not counted. `height`: where nothing was painted
 * before, as a share of the canvas. */
async function paintStroke({ moves, height }: { moves: number; height: number }): Promise<Stroke> {
  const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="canvas"]')!;
  const box = canvas.getBoundingClientRect();
  canvas.setPointerCapture = () => undefined; // a synthetic pointer cannot be captured
  const work = async (type: string, index: number): Promise<number> => {
    const before = window.frameWork;
    const start = performance.now();
    canvas.dispatchEvent(
      new PointerEvent(type, {
        clientX: box.left + box.width * (0.3 + (0.4 * index) / moves),
        clientY: box.top + box.height * (height + 0.1 * Math.sin(index / 6)),
        button: type === "pointermove" ? -1 : 0,
        buttons: type === "pointerup" ? 0 : 1,
        pointerId: 1,
        isPrimary: true,
        bubbles: true,
      }),
    );
    // Effects run as microtasks, which come before this goes on.
    await Promise.resolve();
    await Promise.resolve();
    const handled = performance.now() - start;
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    return handled + window.frameWork - before;
  };
  await work("pointerdown", 0);
  const times: number[] = [];
  for (let index = 1; index <= moves; index++) times.push(await work("pointermove", index));
  return { moves: times, end: await work("pointerup", moves) };
}

/** Rows for images of several sizes; radius 10 as in the trial of viewers. */
export async function benchBrush(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-brush-"));
  const path = join(home, "brush.aliquot");
  const files = join(home, "files");
  mkdirSync(files);
  for (const side of sides) {
    const pixels = Uint8Array.from({ length: side * side }, (_, at) => (at * 7 + (at >> 9)) % 251);
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png({ compressionLevel: 1 })
      .toFile(join(files, `side-${side}.png`));
  }
  const cli = (...words: string[]): Buffer => execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words]);
  cli("new", path, "--classes", "structure");
  cli("import", path, files, "--no-deidentify");
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const rows: Row[] = [];
    // Canvas2D is what the app takes without a graphics card, WebGL with one.
    for (const [kind, height] of [
      ["canvas2d", 0.35],
      ["webgl", 0.65],
    ] as const) {
      const page = await openWindow({ browser, app, path }, kind, undefined, watchFrames);
      const seconds = await taskSeconds(page);
      for (const side of sides) {
        await openImage(page, `side-${side}.png`);
        await page.keyboard.press("b");
        await page.getByRole("slider", { name: "Brush size" }).fill(String(Math.sqrt(10)));
        await page.evaluate(paintStroke, { moves: 8, height });
        const before = await seconds();
        const { moves, end } = await page.evaluate(paintStroke, { moves: MOVES, height });
        const tasks = (1000 * ((await seconds()) - before)) / (MOVES + 2);
        const row = (what: string, ours: number, runs = moves.length): Row =>
          ownRow("workspace", { workload: `${what}, by ${kind}`, unit: "ms", ours, runs });
        rows.push(
          row(`brush move ${side}², main thread, median`, median(moves)),
          row(`brush move ${side}², main thread, 95th percentile`, quantile(moves, 0.95)),
          row(`brush move ${side}², all tasks of the main thread, mean`, tasks),
          row(`end of a stroke ${side}², main thread`, end, 1),
        );
        await page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
      }
      await page.close();
    }
    return rows;
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
