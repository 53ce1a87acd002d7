/** @file A real Chromium for end-to-end tests: from an npm package on Linux x64, an installed one elsewhere. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import packaged, { inflate, setupLambdaEnvironment } from "@sparticuz/chromium";

/** Software GL with WebGL2; no background traffic. */
const flags = [
  "--no-sandbox", // containers run as root, and only pages of our own are opened
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-gpu-compositing", // as on a computer without a graphics card: pages are put together by the processor, not by software GL
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

/** Starts Chromium. The packaged one carries the system libraries that a bare Debian lacks (libnss3 and others). */
export async function launchChromium(): Promise<Browser> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    for (const channel of ["chrome", "msedge", "chromium"]) {
      const browser = await chromium.launch({ channel, args: flags }).catch(() => null);
      if (browser !== null) return browser;
    }
    throw new Error("No Chrome, Edge or Chromium is installed: install one to run the end-to-end tests.");
  }
  const executablePath = await packaged.executablePath();
  const libraries = join(tmpdir(), "al2023");
  if (!existsSync(libraries)) {
    await inflate(join(import.meta.dirname, "../../node_modules/@sparticuz/chromium/bin/al2023.tar.br"));
  }
  setupLambdaEnvironment(join(libraries, "lib"));
  return chromium.launch({ executablePath, args: flags, headless: true });
}
