/** @file From the start of the app's process to a window that can be used, in a Chromium that is running already. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { startApp } from "../../e2e/app.ts";
import { launchChromium } from "../../e2e/chromium.ts";
import { median, ownRow, type Row } from "../rows.ts";
import { makeLargeProject } from "./large-project.ts";

const STARTS = 7;
const IMAGES = 100;

/** Milliseconds to the start screen, and on to the list and thumbnails of the last project, chosen there. */
async function timeStart(home: string, browser: Browser): Promise<{ screen: number; project: number | null }> {
  const start = performance.now();
  const app = await startApp(home);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.goto(app.url);
    await page.getByRole("button", { name: "Open project" }).waitFor();
    const screen = performance.now() - start;
    const last = page.getByRole("button", { name: /hundred/ }).first();
    if ((await last.count()) === 0) return { screen, project: null };
    const chosen = performance.now();
    await last.click();
    await page.locator("[role=option][data-frame-id]").nth(5).waitFor();
    return { screen, project: screen + performance.now() - chosen };
  } finally {
    await page.close();
    await app.stop();
  }
}

export async function benchColdStart(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), "aliquot-bench-start-"));
  const browser = await launchChromium();
  try {
    const file = join(home, "hundred.aliquot");
    await makeLargeProject(file, IMAGES);
    const app = await startApp(home);
    const page = await browser.newPage();
    await page.goto(app.url);
    await page.evaluate(async (path) => {
      const headers = { "content-type": "application/json" };
      await fetch("/api/project/open", { method: "POST", body: JSON.stringify({ path }), headers });
    }, file);
    await page.close();
    await app.stop();
    const starts = [];
    for (let index = 0; index < STARTS; index++) starts.push(await timeStart(home, browser));
    const rows = (workload: string, times: number[]): Row[] =>
      [
        { name: "median", ours: median(times) },
        { name: "longest", ours: Math.max(...times) },
      ].map(({ name, ours }) =>
        ownRow("workspace", { workload: `cold start ${workload}, ${name}`, unit: "ms", ours, runs: times.length }),
      );
    return [
      ...rows(
        "to the start screen",
        starts.map(({ screen }) => screen),
      ),
      ...rows(
        "to the last project of 100 images, chosen at once",
        starts.map(({ project }) => project ?? NaN),
      ),
    ];
  } finally {
    await browser.close();
    rmSync(home, { recursive: true, force: true });
  }
}
