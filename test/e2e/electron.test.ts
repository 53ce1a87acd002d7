/** @file The real Electron window, where its binary was downloaded; the shell's options are tested without it elsewhere. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { _electron as electron } from "playwright-core";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "node_modules/electron");
const pathFile = join(folder, "path.txt");
const binary = existsSync(pathFile) ? join(folder, "dist", readFileSync(pathFile, "utf8")) : null;
const hasScreen = process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);

function reasonToSkip(): string | null {
  if (binary === null || !existsSync(binary)) return "Electron's binary is not installed (npm does not carry it)";
  if (!hasScreen) return "there is no screen";
  return null;
}

const reason = reasonToSkip();
if (reason !== null) console.warn(`Electron tests are skipped: ${reason}.`);

test.skipIf(reason !== null)("the window opens our page, locked down, and reaches the API", async () => {
  const home = mkdtempSync(join(tmpdir(), "aliquot-electron-"));
  const app = await electron.launch({
    executablePath: binary!,
    args: [root],
    env: { ...(process.env as Record<string, string>), ALIQUOT_HOME: home },
  });
  try {
    const page = await app.firstWindow();
    expect(page.url()).toBe("app://aliquot/");
    await page.waitForLoadState("domcontentloaded");
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe("undefined");
    expect(await page.evaluate(() => typeof (globalThis as { process?: unknown }).process)).toBe("undefined");
    expect(await page.evaluate(() => typeof (globalThis as { aliquotShell?: unknown }).aliquotShell)).toBe("object");
    const session = await page.evaluate(async () => (await fetch("/api/session")).json() as Promise<unknown>);
    expect(session).toMatchObject({ project: null, demoAvailable: true });
    const outside = page.evaluate(() => fetch("https://example.org/").then(() => "reached"));
    await expect(outside).rejects.toThrow(/Failed to fetch/);
    expect(await page.evaluate(() => window.open("https://example.org/"))).toBeNull();
    const before = page.url();
    await page.evaluate(() => window.location.assign("https://example.org/"));
    expect(page.url()).toBe(before);
  } finally {
    await app.close();
    rmSync(home, { recursive: true, force: true });
  }
});
