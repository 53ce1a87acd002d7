/**
 * @file Looking at an image: turned, mirrored, with pixels that are not square. Where the image stands is worked out here once more,
 * and compared with what is on the screen and with where strokes land, by WebGL and by the 2-D canvas.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLabelMap, decodeLabelMap, paintSegment, type Point } from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";
import { drawBy } from "./viewer-kind.ts";

const root = resolve(import.meta.dirname, "../..");
const [width, height] = [24, 12];
/** All values differ along rows and columns, so that no turn looks like another. */
const levels = Uint8Array.from({ length: width * height }, (_, at) => 3 * (at % width) + 15 * Math.floor(at / width));
/** A row is twice as far from the next as a column. */
const pixel = { width: 1, height: 2 };

let home: string;
let browser: Browser;
let app: RunningApp;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-views-"));
  const files = join(home, "files");
  mkdirSync(files);
  for (const kind of ["webgl", "canvas2d"]) {
    writeFileSync(
      join(files, `${kind}.dcm`),
      writeTestDicom([
        [0x00080018, "UI", kind === "webgl" ? "1.2.3.1" : "1.2.3.2"],
        [0x00280010, "US", height],
        [0x00280011, "US", width],
        [0x00280030, "DS", "1.5\\0.75"],
        [0x00281050, "DS", "128"],
        [0x00281051, "DS", "256"],
        [0x7fe00010, "OB", levels],
      ]),
    );
  }
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  cli("new", join(home, "views.aliquot"), "--classes", "lesion");
  cli("import", join(home, "views.aliquot"), files, "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Keys, and what is then seen: mirrored first, then quarters clockwise. */
const views = [
  { keys: [], isMirrored: false, quarters: 0 },
  { keys: ["Shift+R"], isMirrored: false, quarters: 1 },
  { keys: ["Shift+R"], isMirrored: false, quarters: 2 },
  { keys: ["Shift+R"], isMirrored: false, quarters: 3 },
  { keys: ["Shift+R", "Shift+F"], isMirrored: true, quarters: 0 },
  { keys: ["Shift+L"], isMirrored: true, quarters: 3 },
  { keys: ["Shift+V"], isMirrored: false, quarters: 3 },
  { keys: ["Shift+R", "Shift+V"], isMirrored: true, quarters: 2 },
  { keys: ["Shift+L"], isMirrored: true, quarters: 1 },
];

describe.each(["webgl", "canvas2d"] as const)("by %s", (kind) => {
  let page: Page;
  let frameId: string;
  const expected = createLabelMap(width, height);
  beforeAll(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(8000);
    await drawBy(page, kind);
    await page.goto(app.url);
    await page.evaluate(
      async (path) => {
        const headers = { "Content-Type": "application/json" };
        await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path }) });
      },
      join(home, "views.aliquot"),
    );
    await page.reload();
    const row = page.locator("[data-frame-id]").filter({ hasText: `${kind}.dcm` });
    await row.first().click();
    frameId = (await row.first().getAttribute("data-frame-id"))!;
    await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"][data-viewer="${kind}"]`).waitFor();
    await page.keyboard.press("b");
    // Small strokes: each view paints a place of its own.
    for (let press = 0; press < 20; press++) await page.keyboard.press("[");
  });
  afterAll(() => page?.close());

  test.each(views)("$keys: pixels stand and strokes land as seen ($isMirrored, $quarters)", async (view) => {
    const canvas = page.getByTestId("canvas");
    for (const key of view.keys) await page.keyboard.press(key);
    const box = (await canvas.boundingBox())!;
    // Fitted with a margin of 20 CSS pixels, centered.
    const isSideways = view.quarters % 2 === 1;
    const sides = [width * pixel.width, height * pixel.height];
    const [across, down] = isSideways ? sides.toReversed() : sides;
    const scale = Math.min((box.width - 40) / across!, (box.height - 40) / down!);
    const onCanvas = ({ x, y }: Point): Point => {
      const right = (x - width / 2) * pixel.width * scale * (view.isMirrored ? -1 : 1);
      const below = (y - height / 2) * pixel.height * scale;
      const turned = [
        { x: right, y: below },
        { x: -below, y: right },
        { x: -right, y: -below },
        { x: below, y: -right },
      ][view.quarters]!;
      return { x: box.width / 2 + turned.x, y: box.height / 2 + turned.y };
    };
    const centers = Array.from(levels, (_, at) => onCanvas({ x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }));
    const seen = await canvas.evaluate(async (element, centers) => {
      for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
      const source = element as HTMLCanvasElement;
      const copy = new OffscreenCanvas(source.width, source.height).getContext("2d")!;
      copy.drawImage(source, 0, 0);
      return centers.map(({ x, y }) => [...copy.getImageData(Math.floor(x), Math.floor(y), 1, 1).data]);
    }, centers);
    const isPainted = (at: number): boolean => expected.data[at] !== 0;
    seen.forEach(([red, green, blue], at) => {
      if (isPainted(at)) expect(red === green && green === blue, `pixel ${at} shows its label`).toBe(false);
      else expect(Math.abs(red! - levels[at]!), `pixel ${at}`).toBeLessThanOrEqual(1);
    });

    const line = views.indexOf(view) + 1.5;
    const stroke = [onCanvas({ x: 3.5 + line, y: line }), onCanvas({ x: 9.5 + line, y: line + 0.2 })];
    await page.mouse.move(box.x + stroke[0]!.x, box.y + stroke[0]!.y);
    await page.mouse.down();
    await page.mouse.move(box.x + stroke[1]!.x, box.y + stroke[1]!.y);
    await page.mouse.up();
    const radius = Number(await canvas.getAttribute("data-brush-radius"));
    paintSegment(expected, { x: 3.5 + line, y: line }, { x: 9.5 + line, y: line + 0.2 }, radius, 1);
    await expect
      .poll(async () => {
        const bytes = await page.evaluate(
          async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
          frameId,
        );
        return bytes.length === 0 ? "" : rows(decodeLabelMap(Uint8Array.from(bytes)).data);
      })
      .toBe(rows(expected.data));
    if (kind === "webgl" && view.quarters === 3 && view.isMirrored) await screenshot(page, "view-turned");
  });
});

function rows(data: Uint8Array): string {
  return Array.from({ length: height }, (_, row) => data.subarray(row * width, (row + 1) * width).join("")).join("\n");
}
