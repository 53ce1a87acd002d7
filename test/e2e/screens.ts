/** @file Every screen and dialog of the app, to be opened one after the other: for axe, for translations, for pictures. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { catalogues, type Language, type Texts } from "../../src-renderer/texts/index.ts";

export interface Screen {
  name: string;
  /** Which project is open; null: none. */
  project: "nuclei" | "kidney" | null;
  open(page: Page, t: Texts): Promise<unknown>;
}

export interface Look {
  theme: "light" | "dark";
  language: Language;
}

const place = (page: Page, name: string) => page.getByRole("navigation").getByRole("button", { name });
const goTo = async (page: Page, name: string, heading: string) => {
  await place(page, name).click();
  await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
};
const annotate = async (page: Page, t: Texts) => {
  await place(page, t.views.annotate).click();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
};
const part = async (page: Page, t: Texts, tab: keyof Texts["data"]["tabs"]) => {
  await place(page, t.views.data).click();
  await page.getByRole("tab", { name: t.data.tabs[tab], exact: true }).click();
};
const images = async (page: Page, t: Texts, layout: "grid" | "table") => {
  await part(page, t, "images");
  await page.getByRole("button", { name: t.data.layouts[layout], exact: true }).click();
};
const openImport = async (page: Page, t: Texts) => {
  await place(page, t.views.import).click();
  await page.getByTestId("drop-images").waitFor();
};
const review = async (page: Page, t: Texts) => {
  await place(page, t.views.review).click();
  await page.locator('[data-testid="canvas"][data-frame-id]').waitFor();
};

export const screens: readonly Screen[] = [
  {
    name: "start",
    project: null,
    open: (page, t) => page.getByRole("heading", { name: t.start.demoTitle }).waitFor(),
  },
  {
    name: "start-folder",
    project: null,
    open: async (page, t) => {
      await page.getByRole("button", { name: t.start.chooseFolder }).click();
      await page.getByRole("button", { name: t.start.up }).waitFor();
    },
  },
  {
    name: "annotate-empty",
    project: "kidney",
    open: (page, t) => page.getByRole("heading", { name: t.frames.empty }).waitFor(),
  },
  {
    name: "data-empty",
    project: "kidney",
    open: (page, t) => place(page, t.views.data).click(),
  },
  { name: "value-empty", project: "kidney", open: (page, t) => goTo(page, t.views.value, t.value.title) },
  { name: "train-empty", project: "kidney", open: (page, t) => goTo(page, t.views.train, t.train.title) },
  {
    name: "synthesise-empty",
    project: "kidney",
    open: async (page, t) => {
      await place(page, t.views.synthesise).click();
      await page.getByTestId("no-generator").waitFor();
    },
  },
  {
    name: "translate-empty",
    project: "kidney",
    open: async (page, t) => {
      await place(page, t.views.translate).click();
      await page.getByTestId("no-pairing").waitFor();
    },
  },
  {
    name: "review-empty",
    project: "kidney",
    open: async (page, t) => {
      await place(page, t.views.review).click();
      await page.getByRole("heading", { name: t.review.empty }).waitFor();
    },
  },
  { name: "annotate", project: "nuclei", open: annotate },
  {
    name: "annotate-grading",
    project: "nuclei",
    open: async (page, t) => {
      await annotate(page, t);
      await page.keyboard.press("Shift+G");
      await page.getByText(t.labels.modeHelp).waitFor();
    },
  },
  {
    name: "annotate-redact",
    project: "nuclei",
    open: async (page, t) => {
      await page.keyboard.press("Escape");
      await annotate(page, t);
      await page.keyboard.press("x");
      await page.getByTestId("redact-panel").waitFor();
    },
  },
  {
    name: "annotate-redact-confirm",
    project: "nuclei",
    open: async (page, t) => {
      await annotate(page, t);
      await page.keyboard.press("x");
      const { x, y, width, height } = (await page.getByTestId("canvas").boundingBox())!;
      await page.mouse.move(x + 0.4 * width, y + 0.4 * height);
      await page.mouse.down();
      await page.mouse.move(x + 0.5 * width, y + 0.45 * height, { steps: 4 });
      await page.mouse.up();
      await page.getByRole("button", { name: t.redaction.apply }).click();
      await page.getByRole("dialog", { name: t.redaction.confirmTitle }).waitFor();
    },
  },
  {
    name: "annotate-proposal",
    project: "nuclei",
    open: async (page, t) => {
      await annotate(page, t);
      await page.keyboard.press("b");
      await page.keyboard.press("End");
      await page.locator('[role="option"][aria-selected="true"]').getByText(t.frames.proposal).waitFor();
      await page.getByRole("button", { name: t.annotate.proposal.reject, exact: true }).waitFor();
    },
  },
  {
    name: "annotate-label",
    project: "nuclei",
    open: async (page, t) => {
      await annotate(page, t);
      await page.keyboard.press("b");
      await page.getByRole("button", { name: t.labels.add }).click();
    },
  },
  {
    name: "tour",
    project: "nuclei",
    open: async (page, t) => {
      await annotate(page, t);
      await page.keyboard.press("F1");
      await page.getByRole("dialog", { name: t.tour.steps.import.title }).waitFor();
    },
  },
  {
    name: "palette",
    project: "nuclei",
    open: async (page, t) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog", { name: t.palette.title }).waitFor();
    },
  },
  {
    name: "palette-typed",
    project: "nuclei",
    open: async (page, t) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: t.palette.search }).fill(t.annotate.toolNames.brush.slice(0, 2));
    },
  },
  {
    name: "settings",
    project: "nuclei",
    open: async (page, t) => {
      await page.keyboard.press("Control+,");
      await page.getByRole("dialog", { name: t.settings.title }).waitFor();
    },
  },
  { name: "import", project: "nuclei", open: openImport },
  {
    name: "import-privacy",
    project: "nuclei",
    open: async (page, t) => {
      await openImport(page, t);
      await page.getByText(t.import.privacy.options).click();
    },
  },
  {
    name: "import-keep-identity",
    project: "nuclei",
    open: async (page, t) => {
      await openImport(page, t);
      await page.getByRole("checkbox", { name: t.import.privacy.title }).click();
      await page.getByRole("dialog", { name: t.import.privacy.askTitle }).waitFor();
    },
  },
  {
    name: "import-preview",
    project: "nuclei",
    open: async (page, t) => {
      await openImport(page, t);
      await page.getByTestId("images-files").setInputFiles([
        { name: "a1.png", mimeType: "image/png", buffer: await sharp(gradient, { raw }).png().toBuffer() },
        { name: "b2.png", mimeType: "image/png", buffer: Buffer.from("no picture") },
      ]);
      await page.getByRole("button", { name: t.import.preview, exact: true }).click();
      await page.locator('[data-testid="import-report"][data-preview="true"][data-state="done"]').waitFor();
    },
  },
  { name: "data-grid", project: "nuclei", open: (page, t) => images(page, t, "grid") },
  {
    name: "data-table",
    project: "nuclei",
    open: async (page, t) => {
      await images(page, t, "table");
      await page.getByRole("grid").focus();
      await page.keyboard.press("Control+a");
    },
  },
  { name: "data-split", project: "nuclei", open: (page, t) => part(page, t, "split") },
  {
    name: "data-classes",
    project: "nuclei",
    open: async (page, t) => {
      await part(page, t, "classes");
      await page.getByRole("button", { name: t.data.classes.show("nucleus") }).waitFor();
    },
  },
  {
    name: "data-statistics",
    project: "nuclei",
    open: async (page, t) => {
      await part(page, t, "statistics");
      await page.getByRole("heading", { name: t.data.statistics.intensities }).waitFor();
    },
  },
  {
    name: "train",
    project: "nuclei",
    open: async (page, t) => {
      await goTo(page, t.views.train, t.train.title);
      await page.getByRole("tab", { name: t.train.parts.now, exact: true }).click();
      await page.locator("form summary").click();
      await page.getByLabel(t.train.evaluationTable).waitFor({ state: "attached" });
    },
  },
  {
    name: "value",
    project: "nuclei",
    open: async (page, t) => {
      await goTo(page, t.views.value, t.value.title);
      await page.getByTestId("score-table").waitFor();
    },
  },
  {
    name: "train-history",
    project: "nuclei",
    open: async (page, t) => {
      await goTo(page, t.views.train, t.train.title);
      await page.getByRole("tab", { name: t.train.parts.history, exact: true }).click();
      const boxes = page.getByTestId("run-history").getByRole("checkbox");
      await boxes.nth(1).waitFor();
      for (const box of await boxes.all()) await box.check();
      await page.getByTestId("comparison").waitFor();
    },
  },
  { name: "review", project: "nuclei", open: review },
  {
    name: "review-edit",
    project: "nuclei",
    open: async (page, t) => {
      await review(page, t);
      await page.keyboard.press("e");
      await page.getByRole("button", { name: t.review.saveEdit }).waitFor();
    },
  },
  {
    name: "export",
    project: "nuclei",
    open: async (page, t) => {
      if ((await page.getByRole("button", { name: t.review.saveEdit }).count()) > 0)
        await page.keyboard.press("Escape");
      await goTo(page, t.views.export, t.export.title);
      await page.getByText(t.export.card, { exact: true }).waitFor();
    },
  },
];

const raw = { width: 64, height: 64, channels: 1 } as const;
const gradient = Uint8Array.from({ length: 64 * 64 }, (_, at) => at % 251);

interface ApiCall {
  path: string;
  method?: string;
  body?: unknown;
}

/** A request as the window makes it. */
async function api<T>(page: Page, call: ApiCall): Promise<T> {
  return (await page.evaluate(async ({ path, method = "GET", body }: ApiCall) => {
    const sent = body === undefined ? null : JSON.stringify(body);
    const answer = await fetch(`/api${path}`, { method, body: sent, headers: { "content-type": "application/json" } });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }, call)) as T;
}

const post = <T>(page: Page, path: string, body: unknown = {}) => api<T>(page, { path, method: "POST", body });

/** Makes the projects that screens want: the demo with a label, a trained model, proposals and test figures, and an empty one. */
export async function prepareProjects(page: Page, home: string): Promise<void> {
  await post(page, "/project/create", { path: join(home, "kidney.aliquot"), classes: ["tumour", "cyst"] });
  await post(page, "/project/demo", { path: join(home, "nuclei.aliquot") });
  await post(page, "/labels", { name: "Quality", kind: "grade", options: ["1", "2", "3"] });
  const settings = { size: 64, steps: 60, batchSize: 4, width: 8, depth: 3, validateEvery: 20 };
  await ended(page, await post(page, "/runs", { method: "segment", settings: { ...settings, steps: 20 }, seed: 1 }));
  await ended(page, await post(page, "/runs", { method: "segment", settings, seed: 1 }));
  const [model] = await api<{ modelId: number }[]>(page, { path: "/models" });
  await ended(page, await post(page, "/proposals", { modelId: model!.modelId }));
  await ended(page, await post(page, "/evaluations", { modelId: model!.modelId, split: "test" }));
  const common = { size: 64, steps: 15, halfBatch: 2, width: 8, depth: 3 };
  const compared = { arms: ["supervised", "augmented"], labelled: [4, 8], seeds: [1, 2], settings: common };
  await ended(page, await post(page, "/experiments", compared));
}

async function ended(page: Page, { runId }: { runId: number }): Promise<void> {
  for (;;) {
    const { state } = await api<{ state: string }>(page, { path: `/runs/${runId}` });
    if (state === "done") return;
    if (state !== "queued" && state !== "running") throw new Error(`The run for the pictures is ${state}.`);
    await page.waitForTimeout(200);
  }
}

/** Walks the screens in one theme and language; the window is that of a person who has left the tour. */
export async function walk(
  page: Page,
  home: string,
  { theme, language }: Look,
  visit: (screen: Screen, t: Texts) => Promise<void>,
): Promise<void> {
  await api(page, { path: "/preferences", method: "PATCH", body: { theme, language, tour: "ended" } });
  let open: Screen["project"] | undefined;
  for (const screen of screens) {
    if (screen.project !== open) {
      await post(page, "/project/close");
      if (screen.project !== null) await post(page, "/project/open", { path: join(home, `${screen.project}.aliquot`) });
      await page.reload();
      open = screen.project;
    }
    await screen.open(page, catalogues[language]);
    await page.evaluate(() => document.fonts.ready);
    await visit(screen, catalogues[language]);
    await leave(page);
  }
}

/** Closes dialogs and the tour; fields within are left first. */
async function leave(page: Page): Promise<void> {
  for (let left = 4; left > 0 && (await page.locator("dialog[open], .mark").count()) > 0; left--) {
    await page.keyboard.press("Escape");
    await page.waitForTimeout(50);
  }
}
