/**
 * @file Going through slices in the built app: wheel, slider, keys and cine; a picture that is no slice is zoomed by the wheel. What is on
 * the screen is read back from the canvas: each slice has a level of its own.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { writeTestDicom } from "../imaging/dicom-writer.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { onPage } from "./canvas.ts";
import { launchChromium } from "./chromium.ts";

const root = resolve(import.meta.dirname, "../..");
const SLICES = 6;
const side = 16;
const levelOf = (slice: number): number => 40 * slice;

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-stack-"));
  const files = join(home, "files");
  mkdirSync(files);
  const write = (name: string, slice: number, place: [number, string, string][]): void =>
    writeFileSync(
      join(files, name),
      writeTestDicom([
        [0x00080018, "UI", `1.2.3.${name.length}.${slice + 1}`],
        [0x00280010, "US", side],
        [0x00280011, "US", side],
        [0x00280030, "DS", "0.5\\0.5"],
        [0x00281050, "DS", "128"],
        [0x00281051, "DS", "256"],
        ...place,
        [0x7fe00010, "OB", new Uint8Array(side * side).fill(levelOf(slice))],
      ]),
    );
  for (let slice = 0; slice < SLICES; slice++) {
    // Names run against the order of the slices.
    write(`slice-${SLICES - slice}.dcm`, slice, [
      [0x00100020, "LO", "stack"],
      [0x0020000e, "UI", "1.2.3.4"],
      [0x00200013, "IS", String(slice + 1)],
      [0x00200032, "DS", `0\\0\\${2.5 * slice - 5}`],
      [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
    ]);
  }
  write("single.dcm", 2, [[0x00100020, "LO", "single"]]);
  const cli = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(root, "out/main/cli.js"), ...words], { stdio: ["ignore", "pipe", "inherit"] });
  cli("new", join(home, "stack.aliquot"), "--classes", "lesion");
  cli("import", join(home, "stack.aliquot"), files, "--no-deidentify");
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(8000);
  await page.goto(app.url);
  await page.evaluate(
    async (path) => {
      const headers = { "Content-Type": "application/json" };
      await fetch("/api/project/open", { method: "POST", headers, body: JSON.stringify({ path }) });
    },
    join(home, "stack.aliquot"),
  );
  await page.reload();
  await page.locator("[data-frame-id]").filter({ hasText: "slice-6" }).first().click();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const canvas = () => page.getByTestId("canvas");
const sliceOf = () => page.getByTestId("slice-of").innerText();

/** Red at the middle of the canvas. */
function shownLevel(): Promise<number> {
  return canvas().evaluate((element) => {
    const source = element as HTMLCanvasElement;
    const copy = new OffscreenCanvas(source.width, source.height).getContext("2d")!;
    copy.drawImage(source, 0, 0);
    return copy.getImageData(source.width >> 1, source.height >> 1, 1, 1).data[0]!;
  });
}

async function overCanvas(): Promise<void> {
  const box = (await canvas().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}

test("the wheel goes through slices in the order of the body, and stops at the ends", async () => {
  await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(0));
  await overCanvas();
  await expect
    .poll(async () => [await sliceOf(), await page.getByTestId("slice-position").innerText()])
    .toEqual(["1 of 6", "-5.0 mm"]);
  for (const [delta, slice] of [
    [100, 1],
    [100, 2],
    [-100, 1],
  ] as const) {
    await page.mouse.wheel(0, delta);
    await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(slice));
  }
  await expect.poll(() => page.getByTestId("slice-position").innerText()).toBe("-2.5 mm");
  for (let notch = 0; notch < SLICES + 2; notch++) await page.mouse.wheel(0, 100);
  await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(SLICES - 1));
  await expect.poll(() => sliceOf()).toBe("6 of 6");
});

test("the place of the pointer is told in the patient", async () => {
  await overCanvas();
  // The middle of the picture: 7.5 pixels of 0.5 mm from the first pixel's, on the last slice.
  await expect
    .poll(() => page.getByTestId("point").innerText())
    .toMatch(/^8, 8 · 200 · L 3\.[78]  ?P 3\.[78]  ?S 7\.5 mm$/);
});

test("with Ctrl the wheel zooms, with Shift it sizes the brush", async () => {
  const [scale, radius] = [await canvas().getAttribute("data-scale"), await canvas().getAttribute("data-brush-radius")];
  await overCanvas();
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await expect
    .poll(async () => Number(await canvas().getAttribute("data-scale")), { timeout: 5000 })
    .toBeGreaterThan(Number(scale));
  await page.keyboard.down("Shift");
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Shift");
  await expect
    .poll(async () => Number(await canvas().getAttribute("data-brush-radius")), { timeout: 5000 })
    .toBeGreaterThan(Number(radius));
  await expect.poll(() => sliceOf()).toBe("6 of 6");
  await page.keyboard.press("f");
});

test("the slider goes to a slice, by keyboard too", async () => {
  const slider = page.getByRole("slider", { name: "Slice", exact: true });
  await slider.focus();
  await page.keyboard.press("Home");
  await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(0));
  await page.keyboard.press("ArrowRight");
  await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(1));
  await expect.poll(() => slider.getAttribute("aria-valuetext")).toBe("2 of 6");
});

test("the cine shows every slice in turn, and a stroke stops it where it is", async () => {
  const stack = page.getByTestId("stack");
  await page.getByLabel("Slices per second").fill("20");
  await page.getByLabel("Slices per second").blur();
  await page.evaluate(() => {
    const seen: string[] = [];
    (window as unknown as { seen: string[] }).seen = seen;
    const canvas = document.querySelector<HTMLElement>('[data-testid="canvas"]')!;
    new MutationObserver(() => seen.push(canvas.dataset["frameId"]!)).observe(canvas, {
      attributes: true,
      attributeFilter: ["data-frame-id"],
    });
  });
  await page.keyboard.press("Shift+C");
  await expect.poll(() => stack.getAttribute("data-playing")).toBe("true");
  const seen = () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  await expect.poll(async () => (await seen()).length, { timeout: 8000 }).toBeGreaterThan(2 * SLICES);
  // Slower: software GL has no time for a picture of the page between twenty slices a second.
  await page.getByLabel("Slices per second").fill("2");
  await page.getByLabel("Slices per second").blur();
  await screenshot(page, "stack-light");
  await expectAccessible(page);
  const order = await page.evaluate(
    async (id) =>
      ((await (await fetch(`/api/frames/${id}/slices`)).json()) as { frameId: number }[]).map(({ frameId }) =>
        String(frameId),
      ),
    await canvas().getAttribute("data-frame-id"),
  );
  const shown = (await seen()).slice(0, 2 * SLICES);
  const first = order.indexOf(shown[0]!);
  expect(shown).toEqual(shown.map((_, step) => order[(first + step) % SLICES]));

  await page.keyboard.press("b");
  await overCanvas();
  await page.mouse.down();
  await expect.poll(() => stack.getAttribute("data-playing")).toBe("false");
  await page.mouse.up();
  const stopped = await frameShownAfter(300);
  expect(await frameShownAfter(300)).toBe(stopped);
});

test("played once, the cine ends at the last slice", async () => {
  await page.getByLabel("At the end").selectOption("Once");
  await page.locator("[data-frame-id]").filter({ hasText: "slice-6" }).first().click();
  await expect.poll(sliceOf).toBe("1 of 6");
  await page.getByRole("button", { name: "Play slices" }).click();
  await expect.poll(() => page.getByTestId("stack").getAttribute("data-playing"), { timeout: 8000 }).toBe("false");
  await expect.poll(() => sliceOf()).toBe("6 of 6");
  await page.emulateMedia({ colorScheme: "dark" });
  await screenshot(page, "stack-dark");
  await page.emulateMedia({ colorScheme: "light" });
});

describe("what is under the pen is stored before the picture goes", () => {
  const row = (name: string) => page.locator("[data-frame-id]:not(canvas)").filter({ hasText: name }).first();
  const pressed = (selector: string) => () =>
    page
      .locator(selector)
      .first()
      .evaluate((e: HTMLElement) => e.click());
  const key = (chord: string) => () => page.keyboard.press(chord);
  /** Ways to go while the button is down, by key, by another pointer, by what lies beside the picture. */
  const ways: Record<string, () => Promise<unknown>> = {
    "next image": key("ArrowRight"),
    "image before": key("ArrowLeft"),
    "page down": key("PageDown"),
    "page up": key("PageUp"),
    "first image": key("Home"),
    "last image": key("End"),
    "next slice": async () => {
      await page.getByRole("slider", { name: "Slice", exact: true }).focus();
      await page.keyboard.press("ArrowRight");
    },
    "another image of the list": async () => row("slice-1").evaluate((e: HTMLElement) => e.click()),
    "another tool": key("e"),
    "another view": async () => {
      await pressed('nav button:has-text("Data")')();
      await page.getByTestId("canvas").waitFor({ state: "detached" });
      await pressed('nav button:has-text("Annotate")')();
    },
  };
  let frameId: string;
  const stored = async (id = frameId): Promise<string> => {
    const bytes = await page.evaluate(
      async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
      id,
    );
    return bytes.length === 0 ? "" : [...decodeLabelMap(Uint8Array.from(bytes)).data].join("");
  };
  /** Left with the button down, from 1 to 9 in a column. */
  async function stroke(column: number): Promise<void> {
    const [from, to] = await Promise.all([2, 9].map((y) => onPage(canvas(), { x: column + 0.5, y: y + 0.5 })));
    await page.mouse.move(from!.x, from!.y);
    await page.mouse.down();
    await page.mouse.move(to!.x, to!.y);
  }
  async function begin(): Promise<void> {
    await row("slice-4").click();
    frameId = (await row("slice-4").getAttribute("data-frame-id"))!;
    await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"][data-paintable="true"]`).waitFor();
    await page.keyboard.press("b");
    for (let press = 0; press < 24; press++) await page.keyboard.press("[");
  }

  test("by whatever way", async () => {
    await begin();
    const others = await page.evaluate(
      async (id) =>
        ((await (await fetch(`/api/frames/${id}/slices`)).json()) as { frameId: number }[])
          .map(({ frameId }) => String(frameId))
          .filter((each) => each !== id),
      frameId,
    );
    const before = await Promise.all(others.map(stored));
    for (const [column, [way, go]] of Object.entries(ways).entries()) {
      await begin();
      await stroke(column + 2);
      await go();
      await expect.poll(async () => (await stored())[9 * side + column + 2], { message: way }).toBe("1");
      // The rest of the drag paints nothing, here or there.
      const away = await onPage(canvas(), { x: 13.5, y: 14.5 });
      await page.mouse.move(away.x, away.y);
      await page.mouse.up();
      await expect.poll(async () => (await stored())[14 * side + 13], { message: way }).toBe("0");
    }
    await expect.poll(() => Promise.all(others.map(stored))).toEqual(before);
  });

  test("undo takes back the stroke under the pen, and redo brings it again", async () => {
    await begin();
    const before = await stored();
    await stroke(14);
    await page.keyboard.press("Control+z");
    await page.locator('[data-testid="canvas"][data-paintable="true"]').waitFor();
    await expect.poll(() => stored()).toBe(before);
    await page.mouse.up();
    await page.keyboard.press("Control+y");
    await expect.poll(async () => (await stored())[9 * side + 14]).toBe("1");
  });

  test("Escape alone drops it", async () => {
    await begin();
    const before = await stored();
    await stroke(15);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await page.keyboard.press("ArrowRight");
    await frameShownAfter(300);
    await expect.poll(() => stored()).toBe(before);
  });
});

test("a picture that is no slice is zoomed by the wheel", async () => {
  await page.locator("[data-frame-id]").filter({ hasText: "single" }).first().click();
  await expect.poll(shownLevel, { timeout: 5000 }).toBe(levelOf(2));
  await expect.poll(() => page.getByTestId("stack").count()).toBe(0);
  const scale = Number(await canvas().getAttribute("data-scale"));
  await overCanvas();
  await page.mouse.wheel(0, -100);
  await expect
    .poll(async () => Number(await canvas().getAttribute("data-scale")), { timeout: 5000 })
    .toBeGreaterThan(scale);
});

/** As it is that many milliseconds later: for what must not go on. */
async function frameShownAfter(ms: number): Promise<string | null> {
  await page.waitForTimeout(ms);
  return canvas().getAttribute("data-frame-id");
}
