/**
 * @file What goes wrong around a person who paints, in the built app and a real Chromium: drives vanish, disks fill, programs lock the
 * file, processes die. Nothing painted is lost, stored twice or out of order, and the window says what happened and what to do.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { writeImages } from "../api/fixture.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
let drive: string;
let path: string;
let frameId: number;
/** Strokes painted on the frame so far. */
let painted = 0;
const complaints: string[] = [];

/** Calls the API as the page does. */
async function call(method: string, route: string, body?: unknown): Promise<unknown> {
  const answer = await page.evaluate(
    async ([method, route, body]) => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`/api${route}`, { method: method!, headers, body: body ?? null });
      return { ok: response.ok, text: await response.text() };
    },
    [method, route, body === undefined ? undefined : JSON.stringify(body)],
  );
  if (!answer.ok) throw new Error(answer.text);
  return answer.text === "" ? null : JSON.parse(answer.text);
}

async function openPage(url: string): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  // The system's notifications, noted as they are made. A Chromium without a desktop refuses them, whatever it is granted.
  await opened.addInitScript(() => {
    const told: unknown[] = [];
    const Real = window.Notification;
    window.Notification = class extends Real {
      static override get permission(): NotificationPermission {
        return "granted";
      }
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        told.push([title, options?.body]);
      }
    };
    Object.assign(window, { told });
  });
  opened.on("pageerror", (error) => complaints.push(error.message));
  await opened.goto(url);
  return opened;
}

const trouble = () => page.getByTestId("save-trouble");
const saved = () => page.locator('[data-testid="save-state"][data-state="saved"]').waitFor();
const go = (place: string) => page.getByRole("navigation").getByRole("button", { name: place }).click();

/** The app is there again and shows the project. */
const isBack = () =>
  expect
    .poll(async () => ((await call("GET", "/session").catch(() => null)) as { project?: unknown } | null)?.project, {
      timeout: 20_000,
    })
    .toMatchObject({ path });

/** Paints a dot on a row of its own, so that each stroke adds pixels, and whatever is lost is missed. */
async function paint(strokes: number): Promise<void> {
  const canvas = page.getByTestId("canvas");
  const box = (await canvas.boundingBox())!;
  const [scale, x, y] = await Promise.all(
    ["data-scale", "data-offset-x", "data-offset-y"].map(async (name) => Number(await canvas.getAttribute(name))),
  );
  for (let stroke = 0; stroke < strokes; stroke++, painted++) {
    const [column, row] = [4 + 6 * (painted % 10), 4 + 6 * Math.floor(painted / 10)];
    await page.mouse.move(box.x + x! + column * scale!, box.y + y! + row * scale!);
    await page.mouse.down();
    await page.mouse.up();
  }
}

/** The stored history of the frame must be exactly the strokes that were painted: one chain, each one dot larger. */
function expectAllStored(file = path): void {
  const database = new Database(file, { readonly: true });
  const rows = database
    .prepare("SELECT id, parent_id AS parent, is_deflated AS packed FROM mask_revision WHERE frame_id = ? ORDER BY id")
    .all(frameId) as { id: number; parent: number | null; packed: number }[];
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  database.close();
  expect(rows.map(({ parent }) => parent)).toEqual([null, ...rows.slice(0, -1).map(({ id }) => id)]);
  expect(rows).toHaveLength(painted);
}

async function expectPixels(): Promise<void> {
  const bytes = await page.evaluate(
    async (id) => [...new Uint8Array(await (await fetch(`/api/frames/${id}/mask`)).arrayBuffer())],
    frameId,
  );
  const { data } = decodeLabelMap(Uint8Array.from(bytes));
  for (let stroke = 0; stroke < painted; stroke++) {
    expect(data[(4 + 6 * Math.floor(stroke / 10)) * 64 + 4 + 6 * (stroke % 10)], `stroke ${stroke}`).toBe(1);
  }
}

/** Children of the app that run this entry. */
function childrenOf(parent: number, entry: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const isChild = readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(parent);
        return isChild && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(entry);
      } catch {
        return false; // gone meanwhile
      }
    })
    .map(Number);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-safety-"));
  drive = join(home, "drive");
  mkdirSync(drive);
  path = join(drive, "study.aliquot");
  const { images, masks } = await writeImages(home, 4);
  browser = await launchChromium();
  app = await startApp(home);
  page = await openPage(app.url);
  await page.getByRole("button", { name: "Open the demo" }).waitFor();
  await call("POST", "/project/create", { path, classes: ["lesion"] });
  const patient = { kind: "pattern", pattern: "(p[0-9]+)_" };
  await call("POST", "/imports/folder", { paths: [images], masks, patient });
  await page.getByText("8 images").waitFor();
  const row = page.locator("[data-frame-id]", { hasText: "p4_0" }).first();
  await row.click();
  frameId = Number(await row.getAttribute("data-frame-id"));
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  await page.keyboard.press("b");
  for (let press = 0; press < 12; press++) await page.keyboard.press("[");
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

test("a drive that vanishes: strokes wait in the window and are stored when it is back", async () => {
  await paint(2);
  await saved();
  renameSync(drive, `${drive} away`);
  await paint(3);
  await trouble().getByText("the project file is no longer in its place").waitFor();
  await expect.poll(() => trouble().innerText()).toContain("3 changes are not saved");
  await screenshot(page, "safety-drive-away");
  await expectAccessible(page);
  // Pressed while the drive is away: once it is back, the window may be faster than the press.
  const tried = page.waitForResponse((response) => response.request().method() !== "GET");
  await trouble().getByRole("button", { name: "Try again" }).click();
  await expect.poll(async () => (await tried).ok()).toBe(false);
  renameSync(`${drive} away`, drive);
  await saved();
  await trouble().waitFor({ state: "detached" });
  expectAllStored();
  await expectPixels();
});

test("another program that locks the file is named, and waited for", async () => {
  const other = new Database(path);
  other.exec("BEGIN IMMEDIATE");
  await paint(2);
  await trouble().getByText("another program is using the project file").waitFor();
  other.exec("ROLLBACK");
  other.close();
  await saved();
  expectAllStored();
});

test("closing over unsaved strokes asks, the project and the window alike", async () => {
  renameSync(drive, `${drive} away`);
  await paint(1);
  await trouble().waitFor();
  await page.getByRole("button", { name: "Close project" }).click();
  await page.getByRole("dialog").getByText("1 change that you painted").waitFor();
  await screenshot(page, "safety-leave");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Stay" }).click();
  const asked: string[] = [];
  page.once("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.dismiss();
  });
  await page.evaluate(() => window.location.reload());
  await expect.poll(() => asked).toEqual(["beforeunload"]);
  await trouble().waitFor();
  renameSync(`${drive} away`, drive);
  await trouble().getByRole("button", { name: "Try again" }).click();
  await saved();
  expectAllStored();
});

test("a full disk is told as such; with space again all is stored", async ({ skip }) => {
  const limit = (bytes: number | "unlimited") =>
    spawnSync("prlimit", ["--pid", String(app.pid), `--fsize=${bytes}:unlimited`]).status === 0;
  if (process.platform !== "linux" || !limit("unlimited")) return skip("no limit of file sizes can be set here");
  // Writes beyond the present size fail from now on, as on a drive that takes no more.
  limit(32_768);
  await paint(3);
  await trouble().getByText("could not be read or written").waitFor();
  limit("unlimited");
  await trouble().getByRole("button", { name: "Try again" }).click();
  await saved();
  expectAllStored();
});

test("the app is killed under the window: it says so, keeps strokes, and stores them once the app is back", async () => {
  await app.killHard();
  await page.getByText("The connection to the app is lost").waitFor();
  await paint(3);
  await page.getByText("3 changes are kept here").waitFor();
  await screenshot(page, "safety-app-away");
  app = await startApp(home);
  await isBack();
  await saved();
  await page.getByText("The connection to the app is lost").waitFor({ state: "detached" });
  expectAllStored();
  await expectPixels();
});

test("kills while strokes are on their way lose none and store none twice", async () => {
  for (let kill = 0; kill < 3; kill++) {
    const painting = paint(5);
    await new Promise((resolve) => setTimeout(resolve, 40 + 60 * kill));
    await app.killHard();
    await painting;
    app = await startApp(home);
    await isBack();
    await saved();
    expectAllStored();
  }
  await expectPixels();
});

test("an image that cannot be decoded says why, and the others work", async () => {
  const database = new Database(path);
  const broken = database
    .prepare(
      `SELECT frame.id, image.blob_sha256 AS digest FROM frame JOIN image ON image.id = image_id
       WHERE frame.id <> ?`,
    )
    .get(frameId) as { id: number; digest: string };
  database.prepare("UPDATE blob SET bytes = ? WHERE sha256 = ?").run(Buffer.from("no picture at all"), broken.digest);
  database.close();
  await page.reload(); // pictures that were seen are kept by the page
  await page.locator(`[data-frame-id="${broken.id}"]`).first().click();
  await page.getByTestId("unshown").waitFor();
  await expect.poll(() => page.getByTestId("unshown").innerText()).toContain("The other images are not affected.");
  await screenshot(page, "safety-unshown");
  await expectAccessible(page);
  await page.getByText("Cannot be shown").waitFor();
  for (const pid of childrenOf(app.pid, "decode-process")) process.kill(pid, "SIGKILL");
  const other = page.locator("[data-frame-id]", { hasText: "p3_1" }).first();
  await other.click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${await other.getAttribute("data-frame-id")}"]`).waitFor();
});

test("a run whose process is killed shows as interrupted and is resumed; its end is told by window and system", async () => {
  const rows = (await call("GET", "/frames")) as { caseId: number; caseName: string }[];
  // An image of p1 cannot be decoded any more.
  for (const [name, split] of Object.entries({ p2: "train", p3: "val", p4: "test" })) {
    await call("PATCH", `/cases/${rows.find(({ caseName }) => caseName === name)!.caseId}`, { split });
  }
  await call("POST", "/runs", {
    method: "segment",
    settings: { size: 64, width: 8, depth: 3, steps: 60, batchSize: 2, validateEvery: 30 },
  });
  await page.getByRole("button", { name: "Tell me" }).click();
  await screenshot(page, "safety-run-news");
  await page.evaluate(() => (document.hasFocus = () => false));
  await go("Train");
  await page.locator('[data-testid="run"]:not([data-step="0"])').waitFor({ timeout: 120_000 });
  for (const pid of childrenOf(app.pid, "run-process")) process.kill(pid, "SIGKILL");
  await page.locator('[data-testid="run"][data-state="interrupted"]').waitFor();
  await page.getByText("The process of the run ended unexpectedly").first().waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await go("Annotate");
  await page.getByRole("button", { name: "Show", exact: true }).click({ timeout: 120_000 });
  await page.locator('[data-testid="run"][data-state="done"]').waitFor();
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { told: unknown }).told))
    .toEqual([
      ["Aliquot", "Training: Interrupted"],
      ["Aliquot", "Training: Done"],
    ]);
  await expect.poll(() => call("GET", "/preferences")).toMatchObject({ notifications: "on" });
  await go("Annotate");
});

test("a second app reads only and says so; it may write once the first has closed", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "aliquot-second-"));
  const second = await startApp(elsewhere);
  const first = page;
  try {
    page = await openPage(second.url);
    await page.getByRole("button", { name: "Open the demo" }).waitFor();
    await call("POST", "/project/open", { path });
    await page.getByText("Read-only: It is open in another window.").waitFor();
    await screenshot(page, "safety-read-only");
    await first.getByRole("button", { name: "Close project" }).click();
    await first.getByRole("button", { name: "Open the demo" }).waitFor();
    await page.getByRole("button", { name: "Open for writing" }).click();
    await page.getByText("Read-only:").waitFor({ state: "detached" });
  } finally {
    await page.close();
    page = first;
    await second.stop();
    rmSync(elsewhere, { recursive: true, force: true });
  }
  await call("POST", "/project/open", { path });
});

test("a drive that never comes back: a copy elsewhere holds what it held and what was painted since", async () => {
  const row = page.locator(`[data-frame-id="${frameId}"]`).first();
  await row.click();
  await page.locator(`[data-testid="canvas"][data-frame-id="${frameId}"]`).waitFor();
  await page.keyboard.press("b");
  rmSync(drive, { recursive: true });
  await paint(2);
  await trouble().getByRole("button", { name: "Save a copy elsewhere…" }).click();
  await page.getByLabel("Name of the copy").fill("rescued");
  await page.getByLabel("Folder", { exact: true }).fill(home);
  await screenshot(page, "safety-copy");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save copy" }).click();
  await page.getByText("Work goes on in the copy rescued.").waitFor();
  await saved();
  await paint(1);
  await saved();
  const copy = join(home, "rescued.aliquot");
  expect(existsSync(copy)).toBe(true);
  expectAllStored(copy);
  await expectPixels();
});

test("a settings folder that cannot be written keeps nobody from working, and is told", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "aliquot-settings-"));
  writeFileSync(join(elsewhere, "config"), "a file in the way");
  const other = await startApp(elsewhere);
  const before = page;
  try {
    page = await openPage(other.url);
    await page.getByText("Aliquot's settings folder cannot be written to.").waitFor();
    await screenshot(page, "safety-settings");
    await call("POST", "/project/create", { path: join(elsewhere, "a.aliquot"), classes: ["lesion"] });
    await page.getByText("No images yet").waitFor();
  } finally {
    await page.close();
    page = before;
    await other.stop();
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("the pages had nothing to complain about", () => {
  expect(complaints).toEqual([]);
});
