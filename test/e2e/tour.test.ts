/** @file The first-run tour in the built app: by keyboard from the start screen to the export, left, resumed, taken again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-tour-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(10_000);
  await page.goto(app.url);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const mark = (title: string) => page.getByRole("dialog", { name: title });

/** Titles of the steps, and the control at which each stands; the demo has no model and no proposals yet. */
const steps = [
  ["Images come in here", () => page.getByRole("navigation").getByRole("button", { name: "Import" })],
  ["Paint what you see", () => page.getByRole("toolbar", { name: "Tools" })],
  ["Keep patients apart", () => page.getByRole("button", { name: "Split", exact: true })],
  ["Train on this computer", () => page.getByRole("button", { name: "Start training" })],
  ["Paint more to learn from", () => page.getByRole("button", { name: "Train a generator" })],
  ["Let the model propose", () => page.getByText("A finished training leaves a model here.")],
  ["You decide", () => page.getByRole("navigation").getByRole("button", { name: "Review" })],
  ["Take the result along", () => page.getByRole("button", { name: "Export", exact: true }).last()],
] as const;

/** The mark is beside its control, whole in the window, and the ring is around the control. */
async function standsAt(title: string, control: ReturnType<Page["locator"]>): Promise<void> {
  await mark(title).waitFor();
  await expect
    .poll(async () => {
      const [around, at, beside] = await Promise.all([
        page.locator(".ring").boundingBox(),
        control.boundingBox(),
        mark(title).boundingBox(),
      ]);
      if (around === null || at === null || beside === null) return "missing";
      const isAround = Math.abs(around.x + 4 - at.x) < 2 && Math.abs(around.y + 4 - at.y) < 2;
      const covers =
        beside.x < at.x + at.width &&
        at.x < beside.x + beside.width &&
        beside.y < at.y + at.height &&
        at.y < beside.y + beside.height;
      const isWhole =
        beside.x >= 0 && beside.y >= 0 && beside.x + beside.width <= 1280 && beside.y + beside.height <= 800;
      return { isAround, covers, isWhole };
    })
    .toEqual({ isAround: true, covers: false, isWhole: true });
}

test("the start screen offers it; Enter leads from step to step, each at its control", async () => {
  await page.getByRole("heading", { name: "Try with sample images" }).waitFor();
  await page.getByRole("button", { name: "Take the tour" }).press("Enter");
  for (const [index, [title, control]] of steps.entries()) {
    await standsAt(title, control());
    await mark(title)
      .getByText(`Step ${index + 1} of ${steps.length}`)
      .waitFor();
    await expectAccessible(page);
    await screenshot(page, `tour-${index + 1}`);
    await page.keyboard.press("Enter");
  }
  await page.locator(".ring").waitFor({ state: "detached" });
});

test("it blocks nothing: the person works meanwhile, and a dialog hides it", async () => {
  await page.keyboard.press("F1");
  await standsAt(...resolved(0));
  await page.keyboard.press("Control+1");
  await page.getByTestId("canvas").waitFor();
  await page.keyboard.press("p");
  await expect
    .poll(() => page.getByRole("button", { name: "Polygon", exact: true }).getAttribute("aria-pressed"))
    .toBe("true");
  await page.keyboard.press("Control+,");
  await mark("Images come in here").waitFor({ state: "hidden" });
  await page.keyboard.press("Escape");
  await mark("Images come in here").waitFor();
});

test("it goes on at the same step after a new start, back and on by its buttons, and Escape leaves it", async () => {
  await mark("Images come in here").getByRole("button", { name: "Next" }).click();
  await mark("Paint what you see").getByRole("button", { name: "Next" }).click();
  await mark("Keep patients apart").waitFor();
  await page.reload();
  await mark("Keep patients apart").getByRole("button", { name: "Back" }).click();
  await standsAt(...resolved(1));
  await page.keyboard.press("Escape");
  await mark("Paint what you see").waitFor({ state: "hidden" });
  await page.reload();
  await page.getByTestId("canvas").waitFor();
  await expect.poll(() => page.locator(".ring").count()).toBe(0);
});

test("it is taken again from the palette", async () => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("take the tour");
  await page.keyboard.press("Enter");
  await standsAt(...resolved(0));
  await page.getByRole("button", { name: "Leave the tour" }).click();
  await mark("Images come in here").waitFor({ state: "hidden" });
});

function resolved(index: number): [title: string, control: ReturnType<Page["locator"]>] {
  const [title, control] = steps[index]!;
  return [title, control()];
}
