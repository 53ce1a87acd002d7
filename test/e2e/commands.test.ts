/** @file Palette, keyboard map and appearance, as a person at the keyboard uses them, in the built app. */
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
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(app.url);
  await page.getByRole("button", { name: "Open the demo" }).click();
  await page.getByTestId("canvas").waitFor();
  // The demo comes in image by image; the palette knows the names that the window knows.
  await page.getByText("200 images", { exact: true }).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const tool = (name: string) => page.getByRole("button", { name, exact: true });
const pressed = (name: string) => tool(name).getAttribute("aria-pressed");
const palette = () => page.getByRole("dialog", { name: "Command palette" });
const options = () => palette().getByRole("option").allInnerTexts();

async function fromPalette(typed: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await page.keyboard.type(typed);
  await page.keyboard.press("Enter");
  await palette().waitFor({ state: "hidden" });
}

test("a command is found by a few letters and run by Enter; the next time it stands first", async () => {
  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await expectAccessible(page);
  await screenshot(page, "palette-light");
  await page.keyboard.type("mgc wand");
  await expect.poll(async () => (await options())[0]).toMatch(/^Magic wand\s*Tools\s*M$/);
  await page.keyboard.press("Enter");
  await expect.poll(() => pressed("Magic wand")).toBe("true");
  await page.keyboard.press("Control+k");
  await expect.poll(async () => (await options())[0]).toMatch(/^Magic wand/);
  await page.keyboard.press("Escape");
  await palette().waitFor({ state: "hidden" });
});

test("asked for again with the key after Escape, before the browser tells of the end, it is there and stays", async () => {
  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await page.evaluate(async () => {
    document.querySelector("dialog")!.requestClose(); // as Escape does
    // The window draws anew; the browser's next task, which tells of the end, is not reached.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    const key = { key: "k", code: "KeyK", ctrlKey: true, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", key));
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  await palette().waitFor();
  await page.keyboard.press("Escape");
  await palette().waitFor({ state: "hidden" });
});

test("the palette jumps to views and to images by name", async () => {
  await fromPalette("go to export");
  await page.getByRole("heading", { name: "Export", exact: true, level: 1 }).waitFor();
  const names = await page.evaluate(async () => {
    const columns = (await (await fetch("/api/frames")).json()) as { name?: string[] } | { name: string }[];
    return Array.isArray(columns) ? columns.map(({ name }) => name) : (columns.name ?? []);
  });
  const name = names.at(-1)!;
  await fromPalette(name);
  await page.getByRole("region", { name, exact: true }).waitFor();
});

test("a key is bound anew, its former command loses it, and it holds in another start of the window", async () => {
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByLabel("Search commands").fill("lasso");
  await settings.getByRole("button", { name: "Change the key of Lasso" }).click();
  await page.keyboard.press("Control+c");
  await settings.getByText("belongs to the window").waitFor();
  await page.keyboard.press("b");
  await settings.getByText("B is the key of: Brush.").waitFor();
  await expectAccessible(page);
  await screenshot(page, "keyboard-map-light");
  await settings.getByRole("button", { name: "Use it here" }).click();
  await page.keyboard.press("Escape");
  await settings.waitFor({ state: "hidden" });
  await page.keyboard.press("e");
  await page.keyboard.press("b");
  await expect.poll(() => pressed("Lasso")).toBe("true");
  await expect.poll(() => tool("Lasso").getAttribute("title")).toBe("Lasso (B)");
  await expect.poll(() => tool("Brush").getAttribute("title")).toBe("Brush");
  await page.reload();
  await page.getByTestId("canvas").waitFor();
  await page.keyboard.press("b");
  await expect.poll(() => pressed("Lasso")).toBe("true");
  await page.keyboard.press("Control+,");
  await settings.getByRole("button", { name: "Default keys for all" }).click();
  await page.keyboard.press("Escape");
  await settings.waitFor({ state: "hidden" });
  await page.keyboard.press("b");
  await expect.poll(() => pressed("Brush")).toBe("true");
});

test("the appearance is light, dark, or the system's", async () => {
  const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  await page.keyboard.press("Control+,");
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect.poll(theme).toBe("dark");
  await expectAccessible(page);
  await screenshot(page, "keyboard-map-dark");
  await page.getByRole("group", { name: "Appearance" }).getByLabel("As the system").check();
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(theme).toBe("light");
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(theme).toBe("dark");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await palette().waitFor();
  await expectAccessible(page);
  await screenshot(page, "palette-dark");
});

test("another language holds at once, in other starts of the window, and for what is written in numbers", async () => {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+,");
  await page.getByRole("radio", { name: "中文" }).check();
  const settings = page.getByRole("dialog", { name: "设置" });
  await settings.waitFor();
  await expect.poll(() => page.getAttribute("html", "lang")).toBe("zh-CN");
  expect(
    await settings.getByRole("radio", { name: "中文" }).evaluate((radio) => radio === document.activeElement),
  ).toBe(true);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "画笔", exact: true }).waitFor();
  await page.reload();
  await page.getByText("200 张图像", { exact: true }).waitFor();
  await page.keyboard.press("Control+k");
  const options = page.getByRole("dialog", { name: "命令面板" }).getByRole("option");
  await page.keyboard.type("magic");
  await expect.poll(() => options.first().innerText()).toMatch(/^魔棒/);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("english");
  await page.keyboard.press("Enter");
  await page.getByText("200 images", { exact: true }).waitFor();
  await expect.poll(() => page.getAttribute("html", "lang")).toBe("en");
});
