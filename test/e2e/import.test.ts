/**
 * @file The import and export dialogs as a person meets them, in the built app and a real Chromium: preview, import, report, the
 * report later; volumes in a plane of choice; what de-identification says. Pictures stay in test/output.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FrameRow } from "../../src-main/api/contract.ts";
import { expectAccessible } from "./accessibility.ts";
import { type RunningApp, screenshot, startApp } from "./app.ts";
import { launchChromium } from "./chromium.ts";

const fixtures = resolve(import.meta.dirname, "../fixtures");
const small = { width: 1280, height: 800 };
const large = { width: 2560, height: 1440 };

let home: string;
let browser: Browser;
let app: RunningApp;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "aliquot-e2e-import-"));
  browser = await launchChromium();
  app = await startApp(home);
  page = await browser.newPage({ viewport: small, reducedMotion: "reduce" });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(app.url);
  await page.getByLabel("Name", { exact: true }).fill("Imports");
  await page.getByLabel("What do you want to outline?").fill("left ventricle");
  await page.getByRole("button", { name: "Create project" }).click();
});

afterAll(async () => {
  await browser?.close();
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

const dialog = () => page.getByRole("dialog");
const press = (name: string) => dialog().getByRole("button", { name, exact: true }).click();
const openImport = () => page.getByRole("navigation").getByRole("button", { name: "Import" }).click();
const report = () => page.getByTestId("import-report");
const ended = (isPreview: boolean) =>
  page.locator(`[data-testid="import-report"][data-state="done"][data-preview="${isPreview}"]`).waitFor();
const frames = () => page.evaluate(async () => (await (await fetch("/api/frames")).json()) as FrameRow[]);

/** The screen as it is: light and small, dark and large, neither with an accessibility violation. */
async function picture(name: string): Promise<void> {
  for (const [theme, viewport] of [
    ["dark", large],
    ["light", small],
  ] as const) {
    await page.evaluate((chosen) => (document.documentElement.dataset["theme"] = chosen), theme);
    await page.setViewportSize(viewport);
    await screenshot(page, `${name}-${theme}`);
    await expectAccessible(page);
  }
}

/** Two patients with masks for one, a table, labels of a class that the project lacks, and a file cut short. */
function mixedFolder(): string {
  const folder = join(home, "mixed");
  const names = readdirSync(join(fixtures, "cardiac/images"));
  for (const kind of ["images", "masks"]) mkdirSync(join(folder, kind), { recursive: true });
  for (const [patient, fixture] of Object.entries({ p01: "P1_HYP01", p02: "P1_N40" })) {
    for (const name of names.filter((each) => each.startsWith(`${fixture}_`)).slice(0, 3)) {
      const own = name.replace(fixture, patient);
      cpSync(join(fixtures, "cardiac/images", name), join(folder, "images", own));
      if (patient === "p01") cpSync(join(fixtures, "cardiac/masks", name), join(folder, "masks", own));
    }
  }
  const [first] = readdirSync(join(folder, "images")).toSorted();
  writeFileSync(join(folder, "images", "p03_cut.png"), readFileSync(join(folder, "images", first!)).subarray(0, 300));
  cpSync(join(folder, "masks", first!), join(folder, "masks", "p09_stray.png"));
  const labelled = readdirSync(join(folder, "images")).toSorted().slice(3, 5);
  writeFileSync(
    join(folder, "labels.csv"),
    ["image,finding,age", ...labelled.map((name, index) => `${name},scar,${50 + index}`)].join("\n"),
  );
  const outline = [[100, 100, 140, 100, 140, 140, 100, 140]];
  writeFileSync(
    join(folder, "masks", "coco.json"),
    JSON.stringify({
      images: labelled.map((name, index) => ({ id: index + 1, file_name: name, width: 256, height: 256 })),
      categories: [{ id: 1, name: "myocardium" }],
      annotations: labelled.map((_, index) => ({
        id: index + 1,
        image_id: index + 1,
        category_id: 1,
        segmentation: outline,
      })),
    }),
  );
  return folder;
}

test("images, masks, a table, COCO and a broken file: previewed, then imported, and reported", async () => {
  const folder = mixedFolder();
  await openImport();
  await page.getByTestId("images-folder").setInputFiles(folder);
  await dialog().getByText("7 files").waitFor();
  await dialog().getByText("5 files, 1 table").waitFor();
  await picture("import-choose");
  await press("Preview");
  await ended(true);
  const looked = await report().innerText();
  expect(looked).toContain("6 images with 6 frames and 3 masks would be added.");
  expect(looked).toContain("p03_cut.png");
  expect(looked, "a mask without an image").toContain("p09_stray.png");
  expect(looked, "how the table was read").toContain("finding (class), age (number)");
  await expect.poll(() => frames(), { message: "a preview stores nothing" }).toEqual([]);
  await page.getByLabel("Make this class").check();
  await report().getByText("6 images with 6 frames and 5 masks would be added.").waitFor();
  await picture("import-preview");
  await press("Import");
  await ended(false);
  const done = await report().innerText();
  expect(done).toContain("6 images with 6 frames and 5 masks added.");
  expect(done).toContain("Classes made: myocardium.");
  expect(done).toMatch(/2\s*patients/);
  await picture("import-report");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Save as table (CSV)" }).click(),
  ]);
  expect(readFileSync(await download.path(), "utf8")).toMatch(/^refused,mixed\/images\/p03_cut\.png,,/m);
  await press("Show images");
  await expect.poll(async () => (await frames()).filter(({ annotation }) => annotation === "imported")).toHaveLength(5);
});

test("a volume comes in by the plane that was chosen, by keyboard", async () => {
  await openImport();
  await page.getByTestId("images-files").setInputFiles(join(fixtures, "nifti/hippocampus_001.nii.gz"));
  const axial = dialog().getByRole("radio", { name: /Axial/ });
  await axial.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(
    await dialog()
      .getByRole("radio", { name: /Sagittal/ })
      .isChecked(),
  ).toBe(true);
  // NIfTI does not say what it shows.
  await dialog().getByLabel("Modality", { exact: true }).fill(" T1 ");
  await picture("import-plane");
  await press("Preview");
  await ended(true);
  const framesOf = async () => Number(/with (\d+) frames/.exec(await report().innerText())![1]);
  const sagittal = await framesOf();
  await dialog()
    .getByRole("radio", { name: /Coronal/ })
    .check();
  await expect.poll(framesOf).toSatisfy((count: number) => count > 0 && count !== sagittal);
  const coronal = await framesOf();
  await press("Import");
  await ended(false);
  await expect.poll(() => framesOf()).toBe(coronal);
  await press("Show images");
  const named = (await frames()).map(({ modality }) => modality);
  expect(named.filter((modality) => modality === "T1")).toHaveLength(coronal);
  expect(named.filter((modality) => modality === null)).toHaveLength(6);
});

test("a DICOM series: keeping identities asks first, and the report tells what was removed", async () => {
  const dicom = join(fixtures, "dicom/pydicom");
  await openImport();
  await expect
    .poll(() =>
      dialog()
        .locator("datalist option")
        .evaluateAll((all) => all.map((each) => each.getAttribute("value"))),
    )
    .toEqual(["T1"]);
  await page
    .getByTestId("images-files")
    .setInputFiles(["CT_small.dcm", "MR_small.dcm", "US1_J2KI.dcm"].map((name) => join(dicom, name)));
  const remove = dialog().getByRole("checkbox", { name: /Remove what identifies patients/ });
  await remove.click();
  await page.getByRole("heading", { name: "Keep what identifies patients?" }).waitFor();
  await picture("import-ask");
  await page.getByRole("button", { name: "Remove them" }).click();
  await expect.poll(() => remove.isChecked()).toBe(true);
  await dialog().getByText("What may stay…").click();
  await dialog().getByText("Keep, moved by the same number of days for each patient").click();
  await dialog()
    .getByRole("checkbox", { name: /Keep the device/ })
    .check();
  await dialog().getByText("What may stay: 2 choices changed").waitFor();
  await picture("import-privacy");
  await press("Import");
  await ended(false);
  const text = await report().innerText();
  expect(text).toContain("3 DICOM");
  expect(text).toMatch(/Patient's Name/);
  expect(text, "a name in the header").not.toMatch(/CompressedSamples/);
  await picture("import-deidentified");
  await report().getByRole("button", { name: "Open US1_J2KI.dcm" }).click();
  const ultrasound = (await frames()).find(({ modality }) => modality === "US")!;
  await page.locator(`[data-testid="canvas"][data-frame-id="${ultrasound.frameId}"]`).waitFor();
});

test("reports of earlier imports are kept", async () => {
  await openImport();
  await dialog().getByText("Earlier imports (3)").click();
  await picture("import-earlier");
  await dialog()
    .getByRole("button", { name: /6 images, 5 masks/ })
    .click();
  await dialog().getByText("Classes made: myocardium.").waitFor();
  await expectAccessible(page);
  await press("Back");
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("an export says before what it will hold, and warns", async () => {
  await page.getByRole("navigation").getByRole("button", { name: "Export" }).click();
  await page.getByRole("radio", { name: /COCO/ }).check();
  const preview = page.getByTestId("export-preview");
  await preview.getByText("with the masks of 5 frames of 2 cases").waitFor();
  await preview.getByText("without a mask stay out").waitFor();
  await preview.getByText("Dataset card").first().click();
  await preview.getByText("## Origin of the masks").waitFor();
  await picture("export-preview");
  await page.getByRole("checkbox", { name: /Made by people/ }).uncheck();
  await preview.getByText("There is no annotation to export.").waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Export", exact: true }).last().isEnabled()).toBe(false);
  await page.getByRole("checkbox", { name: /Made by people/ }).check();
  await preview.getByText("with the masks of 5 frames").waitFor();
  const folder = join(home, "coco-out");
  await page.getByLabel("Folder", { exact: true }).fill(folder);
  await page.getByRole("button", { name: "Export", exact: true }).last().click();
  await page.getByTestId("export-report").waitFor();
  await picture("export-written");
  expect(readdirSync(folder)).toContain("README.md");
  expect(complaints).toEqual([]);
});
