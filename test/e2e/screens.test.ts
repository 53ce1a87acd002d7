/**
 * @file Every screen and dialog, light and dark, in every language: nothing that axe-core objects to, no word of another
 * language, all of it by keyboard.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declaredInChinese } from "../../src-renderer/texts/declared-zh.ts";
import { catalogues } from "../../src-renderer/texts/index.ts";
import { violations } from "./accessibility.ts";
import { type RunningApp, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";
import { focusFaults } from "./focus.ts";
import { prepareProjects, walk } from "./screens.ts";

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-screens-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(10_000);
  await page.goto(app.url);
  await prepareProjects(page, home);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

// Words take other room in another language, colors are the same.
test.each([
  ["en", "light"],
  ["en", "dark"],
  ["zh", "light"],
] as const)("axe-core finds nothing on any screen: %s, %s", async (language, theme) => {
  const found: string[] = [];
  await walk(page, home, { theme, language }, async ({ name }) => {
    found.push(...(await violations(page)).map((each) => `${name}: ${each}`));
  });
  expect(found).toEqual([]);
});

test("every screen is used by keyboard: all controls are reached, each shows its focus", async () => {
  const found: string[] = [];
  await walk(page, home, { theme: "light", language: "en" }, async ({ name }) => {
    found.push(...(await focusFaults(page)).map((each) => `${name}: ${each}`));
  });
  expect(found).toEqual([]);
});

test("dialogs open and close by keyboard, and the focus goes back to where it was", async () => {
  await page.evaluate(async () => {
    const headers = { "content-type": "application/json" };
    await fetch("/api/preferences", { method: "PATCH", headers, body: '{"language":"en","theme":"light"}' });
  });
  await page.reload();
  await page.locator('[data-testid="canvas"][data-frame-id], h1').first().waitFor();
  const openers = [
    ["Settings", "Enter"],
    ["Import", "Enter"],
    ["Settings", "Control+k"],
    ["Import", "Control+,"],
  ] as const;
  for (const [name, key] of openers) {
    const opener = page.getByRole("navigation").getByRole("button", { name, exact: true });
    await opener.focus();
    await page.keyboard.press(key);
    await page.locator("dialog[open]").waitFor();
    expect(await page.evaluate(() => document.activeElement?.closest("dialog[open]") !== null)).toBe(true);
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    expect(await opener.evaluate((button) => button === document.activeElement), `${name} by ${key}`).toBe(true);
  }
});

test("no screen in Chinese shows an English word of the catalogue", async () => {
  const english = englishWords();
  const found: string[] = [];
  await walk(page, home, { theme: "light", language: "zh" }, async ({ name }) => {
    const shown = await page.evaluate(shownTexts);
    const words = shown.flatMap((text) =>
      wordsOf(text)
        .filter((word) => english.has(word))
        .map((word) => `${word} in “${text}”`),
    );
    found.push(...words.map((each) => `${name}: ${each}`));
  });
  expect([...new Set(found)]).toEqual([]);
});

/** Without names of files and folders. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/\S*[./\\_]\S+/g, " ")
    .toLowerCase()
    .match(/[a-z]{3,}/g) ?? [];

/** Words that English texts have and Chinese ones have not: names such as DICOM are in both. */
function englishWords(): Set<string> {
  const all = (catalogue: unknown): string[] =>
    typeof catalogue === "string"
      ? wordsOf(catalogue)
      : typeof catalogue === "object" && catalogue !== null
        ? Object.values(catalogue).flatMap(all)
        : [];
  const inBoth = new Set([...all(catalogues.zh), ...all(declaredInChinese)]);
  return new Set(all(catalogues.en).filter((word) => !inBoth.has(word)));
}

/** What is seen and heard on the page, but for keys, and for what is marked as English: sentences of the app and files it writes. */
function shownTexts(): string[] {
  const isSeen = (element: Element | null): boolean =>
    element !== null &&
    element.closest<HTMLElement>("[lang]")?.lang === "zh-CN" &&
    element.closest('kbd, [translate="no"]') === null &&
    element.getClientRects().length > 0;
  const texts: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (isSeen(parentElement)) texts.push(textContent ?? "");
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (isSeen(element)) texts.push(element.getAttribute(name)!);
    }
  }
  return texts.map((text) => text.trim()).filter((text) => text !== "");
}
