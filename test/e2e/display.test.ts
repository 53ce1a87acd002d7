/**
 * @file What stands on the screen, read back from the canvas of the built app in a real Chromium: every sample type, window function
 * and table within one grey level of pydicom or of `renderFrame`, by WebGL and by the 2-D canvas; the menu, its keys, overlays.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FrameRow } from "../../src-main/api/contract.ts";
import { deserializeFrame, type Frame, renderFrame } from "../../src-main/voxels/index.ts";
import { type Attribute, writeTestDicom } from "../imaging/dicom-writer.ts";
import { attributesOf, cases } from "../imaging/voi-reference.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";
import { drawBy } from "./viewer-kind.ts";

const root = resolve(import.meta.dirname, "../..");
const fixtures = join(root, "test/fixtures/dicom");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The 4 x 3 test image with other samples. */
const samples = (type: "OB" | "OW" | "OF", bits: number, data: ArrayLike<number> & ArrayBufferView): Attribute[] => [
  [0x00280100, "US", bits],
  [0x00280101, "US", bits],
  [0x00280102, "US", bits - 1],
  [0x00280103, "US", data instanceof Int16Array || data instanceof Int32Array ? 1 : 0],
  [type === "OF" ? 0x7fe00008 : 0x7fe00010, type, new Uint8Array(data.buffer)],
];
const ramp = Array.from({ length: 12 }, (_, index) => index);
const kinds: Record<string, (Attribute | [number, null])[]> = {
  signed: samples(
    "OW",
    16,
    Int16Array.from(ramp, (index) => 5000 * index - 30_000),
  ),
  unsigned: samples(
    "OW",
    16,
    Uint16Array.from(ramp, (index) => 5000 * index),
  ),
  // Neighbors that 32-bit floating point could not tell apart.
  whole: samples(
    "OW",
    32,
    Int32Array.from(ramp, (index) => 1_000_000_000 + index),
  ),
  float: [
    [0x7fe00010, null],
    ...samples(
      "OF",
      32,
      Float32Array.from(ramp, (index) => (index - 4) / 1000),
    ),
  ],
  film: [[0x00280004, "CS", "MONOCHROME1"]],
  color: [
    [0x00280002, "US", 3],
    [0x00280004, "CS", "RGB"],
    [0x00280006, "US", 0],
    ...samples(
      "OB",
      8,
      Uint8Array.from({ length: 36 }, (_, index) => 7 * index),
    ),
  ],
};

let home: string;
let browser: Browser;
let app: RunningApp;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-display-"));
  const files = join(home, "files");
  mkdirSync(files);
  cases.forEach((reference, index) => writeFileSync(join(files, `case${index}.dcm`), made(attributesOf(reference))));
  Object.entries(kinds).forEach(([name, changes]) => writeFileSync(join(files, `${name}.dcm`), made(changes)));
  for (const name of ["MR_small", "CT_small", "vlut_04", "examples_overlay"]) {
    writeFileSync(join(files, `${name}.dcm`), readFileSync(join(fixtures, `pydicom/${name}.dcm`)));
  }
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  cli("new", join(home, "display.aliquot"), "--classes", "lesion");
  cli("import", join(home, "display.aliquot"), files, "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

let instances = 0;
/** A file of its own instance: the same bytes twice would be one image. */
function made(changes: (Attribute | [number, null])[]): Buffer {
  return writeTestDicom([[0x00080018, "UI", `1.2.3.${++instances}`], ...changes]);
}

interface Shown {
  page: Page;
  rows: FrameRow[];
  complaints: string[];
  show(name: string): Promise<Frame>;
  /** RGB under each pixel's center, `[height, width, 3]`. */
  pixels(frame: Frame): Promise<number[]>;
  canvas: ReturnType<Page["getByTestId"]>;
}

async function open(kind: "webgl" | "canvas2d", colorScheme: "light" | "dark" = "light"): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme });
  page.setDefaultTimeout(8000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  await drawBy(page, kind);
  await page.goto(app.url);
  const path = join(home, "display.aliquot");
  await page.evaluate(async (path) => {
    const session = (await (await fetch("/api/session")).json()) as { project: unknown };
    if (session.project !== null) return;
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path }) });
    if (!answer.ok) throw new Error(await answer.text());
  }, path);
  await page.reload();
  await page.locator("[data-frame-id]").first().waitFor();
  const rows = await page.evaluate(async () => (await (await fetch("/api/frames")).json()) as FrameRow[]);
  const canvas = page.getByTestId("canvas");
  return {
    page,
    rows,
    complaints,
    canvas,
    async show(name) {
      const { frameId } = rows.find((row) => row.name === `${name}.dcm`)!;
      await page.getByLabel("Search images").fill(`${name}.dcm`);
      await page.locator(`[data-frame-id="${frameId}"]`).first().click();
      await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"][data-viewer="${kind}"]`).waitFor();
      const bytes = await page.evaluate(
        async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/pixels`)).arrayBuffer())],
        frameId,
      );
      return deserializeFrame(Uint8Array.from(bytes));
    },
    async pixels({ width, height }) {
      const attribute = async (name: string) => Number(await canvas.getAttribute(`data-${name}`));
      const [scale, left, top] = [await attribute("scale"), await attribute("offset-x"), await attribute("offset-y")];
      expect(scale, "pixels are squares, not smoothed").toBeGreaterThanOrEqual(6);
      return canvas.evaluate(
        async (element, { scale, left, top, width, height }) => {
          // Two frames: one draws what was asked for, the next comes after it.
          for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
          const copy = document.createElement("canvas");
          const source = element as HTMLCanvasElement;
          [copy.width, copy.height] = [source.width, source.height];
          const context = copy.getContext("2d")!;
          context.drawImage(source, 0, 0);
          const { data } = context.getImageData(0, 0, copy.width, copy.height);
          return Array.from({ length: width * height }, (_, pixel) => {
            const x = Math.floor(left + ((pixel % width) + 0.5) * scale);
            const y = Math.floor(top + (Math.floor(pixel / width) + 0.5) * scale);
            return [...data.subarray(4 * (y * copy.width + x), 4 * (y * copy.width + x) + 3)];
          }).flat();
        },
        { scale, left, top, width, height },
      );
    },
  };
}

/** Largest difference of what is on the screen and bytes of one or three channels. */
function difference(shown: number[], expected: ArrayLike<number>): number {
  const step = shown.length / expected.length;
  return shown.reduce((most, level, index) => Math.max(most, Math.abs(level - expected[Math.floor(index / step)]!)), 0);
}

describe.each(["webgl", "canvas2d"] as const)("by %s", (kind) => {
  let shown: Shown;
  beforeAll(async () => {
    shown = await open(kind);
  });
  afterAll(() => shown?.page.close());

  test.each(cases.map(({ name, level }, index) => ({ name, level, index })))("$name", async ({ level, index }) => {
    const frame = await shown.show(`case${index}`);
    expect(
      difference(
        await shown.pixels(frame),
        level.map((each) => 255 * each),
      ),
    ).toBeLessThanOrEqual(1);
  });

  test.each([...Object.keys(kinds), "MR_small", "CT_small"])("%s, also inverted", async (name) => {
    const frame = await shown.show(name);
    expect(difference(await shown.pixels(frame), renderFrame(frame))).toBeLessThanOrEqual(1);
    await shown.page.keyboard.press("i");
    expect(difference(await shown.pixels(frame), renderFrame(frame, { isInverted: true }))).toBeLessThanOrEqual(1);
    await shown.page.keyboard.press("i");
  });
});

describe("the panel", () => {
  let shown: Shown;
  beforeAll(async () => {
    shown = await open("webgl");
  });
  afterAll(() => shown?.page.close());
  /** Keys are for the image again. */
  const leaveFields = () => shown.page.evaluate(() => (document.activeElement as HTMLElement).blur());
  const window = async () => [
    Number(await shown.canvas.getAttribute("data-window-center")),
    Number(await shown.canvas.getAttribute("data-window-width")),
  ];

  test("CT: usual windows by name and by key; numbers; values in HU; reset", async () => {
    const { page } = shown;
    const frame = await shown.show("CT_small");
    const menu = page.getByLabel("Windows to choose from");
    await menu.selectOption({ label: "Lung (-600 / 1500)" });
    await expect.poll(() => window()).toEqual([-600, 1500]);
    const lung = { window: { center: -600, width: 1500 } };
    expect(difference(await shown.pixels(frame), renderFrame(frame, lung))).toBeLessThanOrEqual(1);
    await leaveFields();
    await page.keyboard.press("k");
    await expect.poll(() => window()).toEqual([40, 400]);
    await page.keyboard.press("Shift+K");
    await expect.poll(() => window()).toEqual([-600, 1500]);
    await page.getByLabel("Center", { exact: true }).fill("-500");
    await page.keyboard.press("Enter");
    await expect.poll(() => window()).toEqual([-500, 1500]);
    await expect.poll(() => menu.locator("option:checked").innerText()).toBe("Set by hand");
    await page.getByLabel("Width", { exact: true }).fill("0");
    await page.keyboard.press("Tab");
    await expect.poll(() => window(), { message: "0 is no width" }).toEqual([-500, 1500]);
    const box = (await shown.canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await expect
      .poll(() => page.getByTestId("point").innerText())
      .toMatch(/ -?\d+ HU · R -?[\d.]+ A -?[\d.]+ I -?[\d.]+ mm$/);
    await screenshot(page, "window-ct-light");
    await page.evaluate(axe);
    const broken = await page.evaluate(async () => {
      const { run } = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe;
      return (await run()).violations.map(({ id }) => id);
    });
    expect(broken).toEqual([]);
    await leaveFields();
    await page.keyboard.press("r");
    await expect.poll(() => menu.locator("option:checked").innerText()).toBe("Automatic, without outliers");
  });

  test("a window is kept in the project under a name, for images of its modality, and removed again", async () => {
    const { page } = shown;
    await shown.show("CT_small");
    const menu = page.getByLabel("Windows to choose from");
    const named = () => menu.locator("option:checked").innerText();
    await page.getByLabel("Center", { exact: true }).fill("35");
    await page.getByLabel("Width", { exact: true }).fill("95");
    await page.keyboard.press("Tab");
    await expect.poll(() => named()).toBe("Set by hand");
    await page.getByRole("button", { name: "Keep this window…" }).click();
    await page.getByLabel("Name of the window").fill("Our brain");
    await screenshot(page, "window-keep-light");
    await page.keyboard.press("Enter");
    await expect.poll(named).toBe("Our brain (35 / 95)");
    await menu.selectOption({ label: "Lung (-600 / 1500)" });
    await menu.selectOption({ label: "Our brain (35 / 95)" });
    await expect.poll(() => window()).toEqual([35, 95]);
    await screenshot(page, "window-kept-light");
    // Names are given once.
    await page.getByLabel("Center", { exact: true }).fill("36");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Keep this window…" }).click();
    await page.getByLabel("Name of the window").fill("OUR BRAIN");
    await page.keyboard.press("Enter");
    await page.getByText("already a window named").first().waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await shown.show("MR_small");
    await expect.poll(() => menu.locator("option").allInnerTexts()).not.toContain("Our brain (35 / 95)");
    await shown.show("CT_small");
    await page.reload();
    await shown.show("CT_small");
    await menu.selectOption({ label: "Our brain (35 / 95)" });
    await page.getByRole("button", { name: "Remove this window", exact: true }).click();
    await expect.poll(named).toBe("Set by hand");
    await expect.poll(() => menu.locator("option").allInnerTexts()).not.toContain("Our brain (35 / 95)");
    await page.keyboard.press("r");
  });

  test("a file's own windows with their explanations, its overlay on and off", async () => {
    const { page } = shown;
    await shown.show("examples_overlay");
    const menu = page.getByLabel("Windows to choose from");
    await expect
      .poll(() => menu.locator("option").allInnerTexts())
      .toEqual(["WINDOW1 (450 / 790)", "WINDOW2 (200 / 443)", "Automatic, without outliers", "Full range"]);
    const overlay = page.getByLabel("Overlay of the file");
    const picture = async () => {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      return shown.canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    };
    await expect.poll(() => overlay.isChecked()).toBe(true);
    const drawn = await picture();
    await screenshot(page, "overlay-light");
    await page.keyboard.press("y");
    await expect.poll(() => overlay.isChecked()).toBe(false);
    await expect.poll(() => picture()).not.toBe(drawn);
    await page.keyboard.press("y");
    await expect.poll(() => picture()).toBe(drawn);
  });

  test("a table, in the dark", async () => {
    const dark = await open("webgl", "dark");
    await dark.show("vlut_04");
    await expect.poll(() => dark.page.getByTestId("window-kind").innerText()).toContain("Look-up table");
    await screenshot(dark.page, "window-table-dark");
    await dark.show("examples_overlay");
    await dark.page.getByLabel("Overlay of the file").waitFor();
    await screenshot(dark.page, "overlay-dark");
    expect(dark.complaints).toEqual([]);
    await dark.page.close();
  });
});
