/** @file A window on the built app with an own home, for tests that go from screen to screen: opened, asked through its API, closed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type RunningApp, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

export interface AppWindow {
  /** Settings and projects of this test. */
  home: string;
  app: RunningApp;
  page: Page;
  /** What the page threw. */
  complaints: string[];
  /** Calls the API as the page does. */
  call<T>(method: string, route: string, body?: unknown): Promise<T>;
  /** To another screen, by its name. */
  go(place: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts app and browser. `name`: of its folder. */
export async function openWindow(name: string, height = 800): Promise<AppWindow> {
  const home = mkdtempSync(join(tmpdir(), `aliquot-${name}-`));
  const browser = await launchChromium();
  const app = await startApp(home);
  const page = await browser.newPage({ viewport: { width: 1280, height }, reducedMotion: "reduce" });
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  await page.goto(app.url);
  return {
    home,
    app,
    page,
    complaints,
    call: async <T>(method: string, route: string, body?: unknown) => {
      const sent = body === undefined ? undefined : JSON.stringify(body);
      return (await page.evaluate(callApi, [method, route, sent] as const)) as T;
    },
    go: (place) => page.getByRole("navigation").getByRole("button", { name: place, exact: true }).click(),
    close: async () => {
      await browser.close();
      await app.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function callApi([method, route, body]: readonly [string, string, string | undefined]): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`/api${route}`, { method, headers, body: body ?? null });
  if (!response.ok) throw new Error(`${method} ${route}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}
