/** @file Waits before a project is open and before an export, in the built app and a real Chromium: told how far they are, and left at will. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeLargeProject } from "../bench/workspace/large-project.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

let home: string;
let projects: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-"));
  projects = join(home, "projects");
  mkdirSync(projects);
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const dialog = (name: string) => page.getByRole("dialog", { name });
const cancel = (name: string) => dialog(name).getByRole("button", { name: "Cancel" }).last().click();

async function openFromFolder(name: string): Promise<void> {
  await page.getByRole("button", { name: "Open project…" }).click();
  await dialog("Open a project").getByRole("button", { name }).click();
}

/** Light and dark, under one name. */
async function pictures(name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await screenshot(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

test.skipIf(process.platform === "win32")(
  "a project on a drive that does not answer says so, and is left",
  async () => {
    // To open a pipe that nobody writes to hangs, as a file of a lost network drive does.
    const lost = join(projects, "lost.aliquot");
    execFileSync("mkfifo", [lost]);
    try {
      await openFromFolder("lost.aliquot");
      await dialog("Opening lost").getByText("Waiting for the drive…").waitFor();
      await dialog("Opening lost").getByText("A network drive may take a while to answer").waitFor();
      await pictures("waiting-drive");
      await expectAccessible(page);
      await cancel("Opening lost");
      await dialog("Opening lost").waitFor({ state: "detached" });
      await expect.poll(() => page.getByRole("button", { name: "Open the demo" }).isEnabled()).toBe(true);
      await expect.poll(() => page.getByRole("alert").count(), { message: "who cancels need not be told" }).toBe(0);
    } finally {
      closeSync(openSync(lost, constants.O_RDWR | constants.O_NONBLOCK));
      rmSync(lost);
    }
  },
);

test("the demo tells how far it is, and cancelled half-way it leaves nothing", async () => {
  await page.getByRole("button", { name: "Open the demo" }).click();
  await dialog("Opening Demo")
    .getByText(/^\d+ of 200 images/)
    .waitFor();
  await pictures("waiting-demo");
  await cancel("Opening Demo");
  await dialog("Opening Demo").waitFor({ state: "detached" });
  expect(readdirSync(projects).filter((name) => name.startsWith("Demo"))).toEqual([]);
});

test("the preview of a large export tells how far it is, is cancelled, and asked for again", async () => {
  await makeLargeProject(join(projects, "large.aliquot"), 40_000);
  await openFromFolder("large.aliquot");
  const preview = page.getByTestId("export-preview");
  const told = preview.getByText(/^\d[\d,]* of 4,000 masks/);
  const whole = preview.getByText("4,001 files with the masks of 4,000 frames");
  // What is through within half a second is not told of: then it is asked anew.
  for (let tries = 0; tries < 5; tries++) {
    await page.getByRole("navigation").getByRole("button", { name: "Export" }).click();
    await told.or(whole).first().waitFor();
    if (await told.isVisible()) break;
    await page.reload();
  }
  await pictures("waiting-preview");
  await preview.getByRole("button", { name: "Cancel the preview" }).click();
  await preview.getByText("The preview was cancelled. You can export without it.").waitFor();
  await expectAccessible(page);
  await preview.getByRole("button", { name: "Preview again" }).click();
  await whole.waitFor();
});
