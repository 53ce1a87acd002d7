/**
 * @file From the key that decides about a proposal to the next one on the screen, in a real Chromium with software GL; and what a decision sends, of a
 * queue of some and of very many.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../e2e/app.ts";
import { openWindow } from "../../e2e/canvas.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { makeReviewProject } from "../../e2e/review-project.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";

const IMAGES = 44;
const SIZE = 512;
/** Proposals behind those that are decided about. */
const BEHIND = [0, 20_000];
/** Between two decisions: the fastest that a person looks. */
const LOOK_MS = 700;

/** In the page: milliseconds from the key until another picture is drawn. */
async function timeDecision(key: string): Promise<number> {
  const before = document.querySelector("canvas[data-frame-id]")!.getAttribute("data-frame-id");
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code: `Key${key.toUpperCase()}`, bubbles: true }));
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const shown = (): string | null =>
    document.querySelector("canvas[data-frame-id]")?.getAttribute("data-frame-id") ?? null;
  while ((shown() === null || shown() === before) && performance.now() - start < 30_000) await frame();
  // The picture is drawn in the animation frame after the one that finds it.
  await frame();
  return performance.now() - start;
}

export async function benchReview(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const behind of BEHIND) rows.push(...(await benchQueue(behind)));
  return rows;
}

async function benchQueue(behind: number): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-review-"));
  const { path } = await makeReviewProject(home, IMAGES, { size: SIZE, behind });
  const app = await startApp(home);
  const browser = await launchChromium();
  try {
    const page = await openWindow({ browser, app, path });
    await page.getByRole("navigation").getByRole("button", { name: "Review" }).click();
    await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
    await page.waitForTimeout(LOOK_MS);
    /** Of the answers that hold what the app tells of lists, not of pictures. */
    let bytes = 0;
    page.on("response", (response) => {
      const isOfLists = /\/api\/(proposals|review|frames\/rows|frames\/columns|review\/changes)(\?|$)/.test(
        response.url(),
      );
      if (isOfLists) void response.body().then((body) => (bytes += body.length));
    });
    const decisions: number[] = [];
    for (let count = 0; count < IMAGES - 4; count++) {
      decisions.push(await page.evaluate(timeDecision, count % 4 === 3 ? "x" : "a"));
      await page.waitForTimeout(LOOK_MS);
    }
    const queue = `${IMAGES + behind} proposals`;
    const row = (workload: string, unit: string, ours: number): Row =>
      ownRow("workspace", { workload, unit, ours, runs: decisions.length });
    return [
      row(`review of ${queue}: decide, next proposal 512² on the screen, median`, "ms", median(decisions)),
      row("… 95th percentile", "ms", quantile(decisions, 0.95)),
      row("… rows of lists sent for a decision", "bytes", bytes / decisions.length),
    ];
  } finally {
    await browser.close();
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
