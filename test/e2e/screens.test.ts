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
import { type Look, prepareProjects, walk } from "./screens.ts";

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

/** What is wrong on the page, in words. */
type Check = (page: Page) => Promise<string[]>;

/** Looks at every screen once, and lets all of `checks` look. */
async function faults(look: Look, checks: readonly Check[]): Promise<string[]> {
  const found: string[] = [];
  await walk(page, home, look, async ({ name }) => {
    for (const check of checks) found.push(...(await check(page)).map((each) => `${name}: ${each}`));
  });
  return [...new Set(found)];
}

test("in English: axe-core finds nothing; all controls are reached by keyboard, each shows its focus", async () => {
  expect(await faults({ theme: "light", language: "en" }, [violations, focusFaults])).toEqual([]);
});

test("in the dark: axe-core finds nothing", async () => {
  expect(await faults({ theme: "dark", language: "en" }, [violations])).toEqual([]);
});

// Words take other room in another language; colors are the same.
test("in Chinese: axe-core finds nothing, and no English word of the catalogue is shown", async () => {
  const english = englishWords();
  const foreignWords: Check = async () =>
    (await page.evaluate(shownTexts)).flatMap((text) =>
      wordsOf(text)
        .filter((word) => english.has(word))
        .map((word) => `${word} in “${text}”`),
    );
  expect(await faults({ theme: "light", language: "zh" }, [violations, foreignWords])).toEqual([]);
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
