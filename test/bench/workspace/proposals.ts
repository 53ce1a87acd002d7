/** @file From a click on an image to its proposal on the screen, prepared ahead and not, in a real Chromium with software GL. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { startApp } from "../../e2e/app.ts";
import { openWindow } from "../../e2e/canvas.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { demoNames, readDemoImage } from "../../inference/demo-images.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";

const root = resolve(import.meta.dirname, "../../..");
/** Images 512² that are opened one after the other. */
const OPENED = 14;
/** Between two openings: what a person takes to look. The next images are prepared meanwhile. */
const LOOK_MS = 2500;

/** The demo's nuclei at 512², a few with masks, and a model of two steps: how fast it is does not depend on what it knows. */
async function makeProject(home: string, path: string): Promise<void> {
  for (const folder of ["labelled", "masks", "plain"]) mkdirSync(join(home, folder));
  for (const [index, name] of demoNames("test")
    .slice(0, OPENED + 6)
    .entries()) {
    const { frame, truth } = await readDemoImage(name);
    const png = (data: Uint8Array) =>
      sharp(data, { raw: { width: frame.width, height: frame.height, channels: 1 } })
        .resize(512, 512, { kernel: "nearest" })
        .toColourspace("b-w")
        .png()
        .toBuffer();
    const isLabelled = index < 4;
    const file = `p${index}_1.png`;
    writeFileSync(join(home, isLabelled ? "labelled" : "plain", file), await png(Uint8Array.from(frame.data)));
    if (isLabelled) writeFileSync(join(home, "masks", file), await png(truth.data.map((value) => 255 * value)));
  }
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], {
      env: { ...process.env, ALIQUOT_HOME: home },
      stdio: ["ignore", "pipe", "ignore"],
    });
  cli("new", path, "--classes", "nucleus");
  cli("import", path, join(home, "labelled"), "--masks", join(home, "masks"));
  cli("split", path, "--train", "3", "--val", "1", "--test", "0", "--seed", "1");
  cli("import", path, join(home, "plain"), "--split", "unlabelled");
  cli("train", path, "--method", "segment", "--set", "size=256", "--steps", "2", "--device", "cpu");
}

/** In the page: milliseconds until the picture and its proposal are on the screen. */
async function timeArrival(id: string): Promise<number> {
  const start = performance.now();
  document.querySelector<HTMLElement>(`[data-frame-id="${id}"]:not(canvas)`)!.click();
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const isThere = (): boolean =>
    document.querySelector(`canvas[data-frame-id="${id}"]`) !== null &&
    document.querySelector('[data-layer="proposal"]') !== null;
  while (!isThere() && performance.now() - start < 30_000) await frame();
  await frame();
  return performance.now() - start;
}

export async function benchProposals(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-proposals-"));
  const path = join(home, "proposals.aliquot");
  await makeProject(home, path);
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await openWindow({ browser, app, path });
    await page.locator("canvas[data-frame-id]").waitFor();
    // Rows out of sight do not exist.
    await page.getByLabel("Filter by split").selectOption("unlabelled");
    const rows = await page.evaluate(async () => (await fetch("/api/frames")).json());
    const ids = (rows as { frameId: number; split: string }[])
      .filter(({ split }) => split === "unlabelled")
      .map(({ frameId }) => String(frameId));
    const prepared: number[] = [];
    const unprepared: number[] = [];
    // The first opening starts the process and loads the model.
    await page.evaluate(timeArrival, ids[0]!);
    for (const id of ids.slice(1, 9)) {
      await page.waitForTimeout(LOOK_MS);
      prepared.push(await page.evaluate(timeArrival, id));
    }
    // From the end backwards: those before are wanted less, and each jump passes over two.
    for (const place of [15, 12]) {
      await page.waitForTimeout(LOOK_MS);
      unprepared.push(await page.evaluate(timeArrival, ids[place]!));
    }
    const row = (workload: string, ours: number, runs: number): Row =>
      ownRow("workspace", { workload, unit: "ms", ours, runs });
    return [
      row("open the next image 512² with its proposal, prepared ahead, median", median(prepared), prepared.length),
      row("… 95th percentile", quantile(prepared, 0.95), prepared.length),
      row("open a far image 512² with its proposal, not prepared", median(unprepared), unprepared.length),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
