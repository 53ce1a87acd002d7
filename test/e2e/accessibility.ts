/** @file axe-core on the page of the moment. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** Waits until nothing fades or moves any more: colors halfway between two themes are nobody's. */
export async function standStill(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const finite = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(finite.map(({ finished }) => finished));
  });
}

/** What axe-core objects to, rule by rule with the elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  await standStill(page);
  return page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
    return (await run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

/** Expects no violation; the test goes on to find others. */
export async function expectAccessible(page: Page): Promise<void> {
  expect.soft(await violations(page)).toEqual([]);
}
