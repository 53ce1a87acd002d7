/** @file The value screen in the built app, by keyboard: a comparison is planned, cancelled, resumed, and says what it found. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { screenshot } from "./app.ts";
import { type AppWindow, openWindow } from "./window.ts";

let opened: AppWindow;
let page: Page;

beforeAll(async () => {
  opened = await openWindow("value", 900);
  ({ page } = opened);
  await opened.call("PATCH", "/preferences", { tour: "ended", notifications: "off" });
  await opened.call("POST", "/project/demo", { path: join(opened.home, "nuclei.aliquot") });
  await page.reload();
  await page.getByRole("navigation").getByRole("button", { name: "Value" }).waitFor();
}, 120_000);

afterAll(async () => {
  await opened?.close();
});

/** Fills the form and starts, by keyboard alone. */
async function start({ labelled, steps }: { labelled: string; steps: string }): Promise<void> {
  await page.getByLabel("Labeled images to learn from").fill(labelled);
  for (const [label, value] of [
    ["Seeds", "1"],
    ["Folds", "1"],
    ["Steps", steps],
    ["Image size", "64"],
  ] as const) {
    await page.getByLabel(label, { exact: true }).fill(value);
  }
  for (const name of ["mean teacher", "BCP"]) {
    const box = page.getByRole("checkbox", { name, exact: true });
    if ((await box.count()) === 0) continue;
    await box.focus();
    if (await box.isChecked()) await page.keyboard.press("Space");
  }
  await page.getByRole("button", { name: "Start comparison" }).focus();
  await page.keyboard.press("Enter");
}

test("a comparison is cancelled and resumed, then says what augmentation was worth", async () => {
  await page.keyboard.press("Control+7");
  await page.getByRole("heading", { name: "No comparison yet" }).waitFor();
  await expectAccessible(page);
  await start({ labelled: "4, 8", steps: "30" });
  const panel = page.getByTestId("experiment");
  await page.locator('[data-testid="experiment"][data-state="running"]').waitFor();
  await page
    .getByText(/of 4 trainings/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator('[data-testid="experiment"][data-state="cancelled"]').waitFor();
  await screenshot(page, "value-cancelled");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByTestId("score-table").waitFor({ timeout: 120_000 });
  await panel.waitFor({ state: "detached", timeout: 180_000 });
  const verdicts = page.getByTestId("verdicts").getByRole("listitem");
  await expect.poll(() => verdicts.count()).toBe(2);
  for (const text of await verdicts.allInnerTexts()) {
    expect(text).toMatch(/points of Dice \(95 % interval -?[\d.]+ to -?[\d.]+\)/);
    expect(text).toContain("One seed: the interval says nothing of another split or start.");
  }
  const rows = page.getByTestId("score-table").locator("tbody").first().locator("tr");
  await expect.poll(() => rows.count()).toBe(4);
  await expectAccessible(page);
  await screenshot(page, "value");
});

test("what cannot be compared is said in the window", async () => {
  await page.getByLabel("Labeled images to learn from").fill("4, x");
  await expect.poll(() => page.getByRole("button", { name: "Start comparison" }).isDisabled()).toBe(true);
  await start({ labelled: "4000", steps: "10" });
  await page.getByText(/4000 labelled ones are asked for/).waitFor();
});
