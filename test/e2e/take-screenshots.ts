/**
 * @file Pictures of every screen of the built app, to be looked at:
 * `npm run screenshots -- DIR [--size 1280x800]… [--theme light]… [--language en]…`; all sizes and themes, in English, if none is named.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";
import { prepareProjects, walk } from "./screens.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", multiple: true, default: ["1280x800", "2560x1440"] },
    theme: { type: "string", multiple: true, default: ["light", "dark"] },
    language: { type: "string", multiple: true, default: ["en"] },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("Name the folder for the pictures: npm run screenshots -- DIR");
const sizes = z.array(z.stringFormat("size", /^\d+x\d+$/)).parse(values.size);
const themes = z.array(z.enum(["light", "dark"])).parse(values.theme);
const languages = z.array(z.enum(["en", "zh"])).parse(values.language);

mkdirSync(folder, { recursive: true });
const home = mkdtempSync(join(tmpdir(), "aliquot-screenshots-"));
const browser = await launchChromium();
const app = await startApp(home);
try {
  const page = await browser.newPage({ reducedMotion: "reduce" });
  page.setDefaultTimeout(15_000);
  await page.goto(app.url);
  await prepareProjects(page, home);
  for (const size of sizes) {
    const [width, height] = size.split("x").map(Number) as [number, number];
    await page.setViewportSize({ width, height });
    for (const theme of themes) {
      for (const language of languages) {
        await walk(page, home, { theme, language }, async ({ name }) => {
          const path = join(resolve(folder), `${name}-${theme}-${language}-${size}.png`);
          await page.screenshot({ path });
          console.log(path);
        });
      }
    }
  }
} finally {
  await browser.close();
  await app.stop();
  rmSync(home, { recursive: true, force: true });
}
