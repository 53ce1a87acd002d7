/** @file The synthesis studio in a real Chromium with software GL: pairs listed while they are made, then 400 of them scrolled through, chosen and decided on. */
import { join } from "node:path";
import { type AppWindow, openWindow } from "../../e2e/window.ts";
import { median, ownRow, quantile, type Row } from "../rows.ts";
import { timeScroll } from "./large-grid.ts";

const WATCHED = 100;
const PAIRS = 400;
const KEYS = 40;
const network = { size: 64, steps: 80, batchSize: 4, generatorWidth: 8, generatorWidest: 16, discriminatorWidth: 8 };

/** Milliseconds at which the list grew, counted from the press of the key that starts the run, until it holds `count`. */
async function timeArrivals(count: number): Promise<number[]> {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const listed = () => {
    const cell = document.querySelector('[data-testid="pair-grid"] [role="option"]');
    return Number(cell?.getAttribute("aria-setsize") ?? 0);
  };
  const start = performance.now();
  document.querySelector<HTMLElement>('[data-testid="pair-form"] [type="submit"]')!.click();
  const times: number[] = [];
  for (let known = 0; known < count; await frame()) {
    if (listed() === known) continue;
    known = listed();
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds from each press of a key until two frames after the list was drawn again. */
async function timeKeys({ key, presses }: { key: string; presses: number }): Promise<number[]> {
  const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
  const list = document.querySelector<HTMLElement>('[data-testid="pair-grid"]')!;
  const [code, ctrlKey] = key.startsWith("Control+") ? [key.slice(8), true] : [key, false];
  const times: number[] = [];
  for (let press = 0; press < presses; press++) {
    const start = performance.now();
    list.dispatchEvent(new KeyboardEvent("keydown", { key: code, ctrlKey, bubbles: true, cancelable: true }));
    await frame();
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}

async function ended({ page, call }: AppWindow, runId: number): Promise<void> {
  for (;;) {
    const { state } = await call<{ state: string }>("GET", `/runs/${runId}`);
    if (state === "done") return;
    if (state !== "queued" && state !== "running") throw new Error(`Run ${runId} for the bench is ${state}.`);
    await page.waitForTimeout(200);
  }
}

/** Rows for a studio with pairs that a generator of seconds really made. */
export async function benchPairs(): Promise<Row[]> {
  const opened = await openWindow("bench-pairs");
  const { home, page, call, go } = opened;
  try {
    await call("PATCH", "/preferences", { tour: "ended", notifications: "off", language: "en" });
    await call("POST", "/project/demo", { path: join(home, "nuclei.aliquot") });
    // Of fewer patients than a verdict on near-copies takes: none is withheld.
    const frames = await call<{ caseId: number; split: string | null }[]>("GET", "/frames");
    const cases = [...new Set(frames.filter(({ split }) => split === "train").map(({ caseId }) => caseId))];
    await call("PATCH", "/cases", { splits: [{ split: "val", caseIds: cases.slice(7) }] });
    const training = { method: "pix2pix", settings: network, seed: 1 };
    await ended(opened, (await call<{ runId: number }>("POST", "/runs", training)).runId);
    await page.reload();
    await go("Synthesise");
    await page.getByText("Number", { exact: true }).click();
    await page.getByLabel("Number of pairs").fill(String(WATCHED));
    const arrivals = await page.evaluate(timeArrivals, WATCHED);
    const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!);
    const [generator] = await call<{ modelId: number }[]>("GET", "/synthesis/generators");
    const many = { modelId: generator!.modelId, count: PAIRS, seed: 2, judgeModelId: null };
    await ended(opened, (await call<{ runId: number }>("POST", "/synthesis", many)).runId);
    await page.reload();
    await go("Synthesise");
    await page.locator(`[data-testid="pair-grid"] [aria-setsize="${PAIRS}"]`).first().waitFor();
    const list = '[data-testid="pair-grid"]';
    const scrolled = await page.evaluate(timeScroll, { list, frames: 140, step: 120 });
    const back = await page.evaluate(timeScroll, { list, frames: 40, step: -1000 });
    await page.getByTestId("pair-grid").focus();
    const moved = await page.evaluate(timeKeys, { key: "ArrowDown", presses: KEYS });
    await page.getByTestId("pair-grid").press("Home");
    const decided = await page.evaluate(timeKeys, { key: "a", presses: KEYS });
    const all = await page.evaluate(timeKeys, { key: "Control+a", presses: 5 });
    const row = (workload: string, ours: number, runs: number): Row =>
      ownRow("workspace", { workload: `${PAIRS} synthetic pairs: ${workload}`, unit: "ms", ours, runs });
    const spread = (workload: string, times: number[]): Row[] => [
      row(`${workload}, median`, median(times), times.length),
      row(`${workload}, 95th percentile`, quantile(times, 0.95), times.length),
      row(`${workload}, longest`, Math.max(...times), times.length),
    ];
    const watched = (workload: string, ours: number, runs: number): Row =>
      ownRow("workspace", { workload: `${WATCHED} pairs while they are made: ${workload}`, unit: "ms", ours, runs });
    return [
      watched("the first on the screen", arrivals[0]!, 1),
      watched("longest time without another one", Math.max(...gaps), gaps.length),
      watched("all on the screen", arrivals.at(-1)!, 1),
      ...spread("frame while scrolling 120 px a frame", scrolled),
      ...spread("frame while scrolling 1000 px a frame", back),
      ...spread("arrow key to the next row drawn", moved),
      ...spread("accepted by key, to the next one drawn", decided),
      ...spread("all chosen, to the list drawn", all),
    ];
  } finally {
    await opened.close();
  }
}
