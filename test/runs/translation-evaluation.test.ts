/** @file A model that translates is judged on the pairs of a split: which of them count, what the figures are, and what is shown. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { translationEvaluation } from "../../src-main/api/translation-evaluation.ts";
import type { Split, TranslationEvaluation } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { sha256 } from "../../src-main/project/index.ts";
import { deserializeFrame, transformOf } from "../../src-main/voxels/index.ts";
import { root } from "../api/fixture.ts";
import { addSlice, brainOf, SIDE, SMALL_TRANSLATION } from "./project-of-brains.ts";
import { openWorkshop, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

/** Patients with both modalities in these splits, a model of 4 steps, and the pairing that it learned from. */
async function openTranslations(splits: readonly Split[]): Promise<{ modelId: number; runId: number }> {
  shop = await openWorkshop();
  const { project, queue } = shop;
  for (const [patient, split] of splits.entries()) {
    await addSlice(project, "T1", patient, split);
    await addSlice(project, "T2", patient, null);
  }
  project.pairings.add({ from: "T1", to: "T2" });
  const settings = { ...SMALL_TRANSLATION, steps: 4, validateEvery: 4 };
  const { modelId, runId } = await queue.finished(queue.submitTraining({ method: "reggan", settings, seed: 3 }).runId);
  return { modelId: modelId!, runId };
}

async function evaluate(modelId: number, split: Split): Promise<TranslationEvaluation> {
  const run = await shop.queue.finished(shop.queue.submitEvaluation({ modelId, split }).runId);
  expect(run).toMatchObject({ kind: "evaluate", state: "done", problem: null, step: run.steps });
  return translationEvaluation(shop.project, modelId, split)!;
}

test(
  "figures are those that the training saw, with intervals over patients and pictures",
  { timeout: 60_000 },
  async () => {
    const { modelId, runId } = await openTranslations(["train", "train", "val", "val", "val", "test"]);
    const { project } = shop;
    expect(translationEvaluation(project, modelId, "val")).toBeNull();
    const { figures, pictures, ...told } = await evaluate(modelId, "val");
    expect(told).toMatchObject({
      source: "T1",
      target: "T2",
      size: SIDE,
      dataRange: 2,
      images: 3,
      patients: 3,
      excluded: 0,
    });
    for (const [name, key] of [
      ["validationNMAE", "nmae"],
      ["validationPSNR", "psnr"],
      ["validationSSIM", "ssim"],
    ] as const) {
      const { mean, low, high } = figures[key];
      expect(mean, name).toBeCloseTo(project.runs.metrics(runId, name).at(-1)!.value, 5);
      expect(low, name).toBeLessThan(mean!);
      expect(high, name).toBeGreaterThan(mean!);
    }
    const scores = told.rows.map(({ nmae }) => nmae!).sort((a, b) => b - a);
    expect(pictures.map(({ nmae }) => nmae)).toEqual(scores);
    const picture = deserializeFrame(new Uint8Array(project.runSamples.get(told.runId, 0, pictures[0]!.frameId).bytes));
    expect(picture).toMatchObject({ width: 4 * SIDE, height: SIDE, channels: 3 });
    // The test split was not looked at.
    expect(translationEvaluation(project, modelId, "test")).toBeNull();
    const test = await evaluate(modelId, "test");
    expect(test).toMatchObject({ images: 1, patients: 1, split: "test", figures: { nmae: { low: null, high: null } } });
    expect(test.rows[0]!.frameId).not.toBe(told.rows[0]!.frameId);
    expect(translationEvaluation(project, modelId, "val")!.figures).toEqual(figures);

    // The same by the command line, with a report that needs nothing else.
    const { path } = project;
    const folder = dirname(path);
    await shop.queue.close();
    project.close();
    const aliquot = (...args: string[]) =>
      promisify(execFile)(process.execPath, [join(root, "src-main/app/cli.ts"), "evaluate", path, ...args], {
        cwd: folder,
        env: { ...process.env, ALIQUOT_HOME: join(folder, "aliquot-home"), TMPDIR: folder },
      });
    const { stdout } = await aliquot("--split", "val", "--report", "brain.html");
    expect(stdout).toContain(`Model ${modelId}, T1 to T2, on 3 pairs of 3 patients (val):`);
    expect(stdout).toContain(`NMAE: ${figures.nmae.mean!.toFixed(4)} (${figures.nmae.low!.toFixed(4)} to `);
    const html = readFileSync(join(folder, "brain.html"), "utf8");
    expect(html).toContain(figures.nmae.mean!.toFixed(4));
    expect(html).toContain("data range 2");
    for (const { nmae } of told.rows) expect(html).toContain(`NMAE ${nmae!.toFixed(4)}`);
    expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(3);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    await expect(aliquot("--split", "unlabelled", "--json")).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("There is no pair to evaluate on.") as string,
    });
  },
);

test(
  "pairs are those of now: later ones count, removed ones do not, aligned ones are judged as aligned",
  { timeout: 60_000 },
  async () => {
    const { modelId } = await openTranslations(["train", "train", "val"]);
    const { project, queue } = shop;
    const before = await evaluate(modelId, "val");
    expect(() => queue.submitEvaluation({ modelId, split: "test" })).toThrow("There is no pair to evaluate on.");
    await addSlice(project, "T1", 10, "val");
    await addSlice(project, "T2", 10, null);
    await addSlice(project, "T1", 11, "val"); // without counterpart
    await addSlice(project, "T1", 12, "val");
    await addSlice(project, "T2", 12, null, { gain: 0 }); // of one value
    const after = await evaluate(modelId, "val");
    expect(after).toMatchObject({ images: 2, excluded: 1, patients: 2 });
    expect(after.rows.map(({ nmae }) => nmae === null)).toEqual([false, false, true]);
    expect(after.rows[0]).toEqual(before.rows[0]);

    const { pairingId } = project.pairings.latest()!;
    const { place } = project.pairings.pairs(pairingId).find(({ source }) => source === after.rows[0]!.frameId)!;
    const transform = transformOf([5, 3, 0], { width: SIDE, height: SIDE, spacing: null });
    project.pairings.align(pairingId, [place], { model: "rigid", transform, before: 1, after: 1 });
    const aligned = await evaluate(modelId, "val");
    expect(aligned.rows[0]!.nmae).not.toBeCloseTo(after.rows[0]!.nmae!, 3);
    expect(aligned.rows[1]).toEqual(after.rows[1]);
    const wanted = () => {
      const { runId, steps } = queue.submitEvaluation({ modelId, split: "val" });
      queue.cancel(runId);
      return steps;
    };
    expect(wanted()).toBe(3);
    project.pairings.mark(pairingId, [place], "removed");
    expect(wanted()).toBe(2);
    // A newer pairing that is none says nothing of what is real.
    project.pairings.add({ from: "T1", to: "T2", kind: "unpaired" });
    expect(wanted()).toBe(2);
  },
);

test(
  "slices of series are judged with the intensities and neighbors of their series",
  { timeout: 60_000 },
  async () => {
    shop = await openWorkshop();
    const { project, queue } = shop;
    for (const patient of [0, 1]) {
      await addSlice(project, "T1", patient, "train");
      await addSlice(project, "T2", patient, null);
    }
    /** Brightness of each slice of one file; 0: nothing is in it. */
    const addStack = async (modality: "T1" | "T2", gains: readonly number[]): Promise<void> => {
      const slices = gains.map((gain) =>
        brainOf(20)[modality === "T1" ? "t1" : "t2"].map((value) => 255 * gain * value),
      );
      const images = await Promise.all(
        slices.map((slice) => encodePng(Uint8Array.from(slice, Math.round), SIDE, SIDE, 1)),
      );
      const { metadata } = project.images.frame(project.images.frames()[0]!.frameId);
      const sourceSha256 = sha256(Buffer.from(modality));
      project.images.add(
        {
          ...{ sourceBytes: images, sourceSha256, fileName: `stack-${modality}.png`, format: "png", modality },
          ...{ patientKey: null, caseName: "stacks", thumbnail: images[0]!, frames: gains.map(() => metadata) },
        },
        { split: "val" },
      );
    };
    await addStack("T1", [0.5, 0.1, 0.5, 1]);
    await addStack("T2", [0.5, 0.1, 0]);
    const { pairingId } = project.pairings.add({ from: "T1", to: "T2" });
    const stacked = project.pairings.frames(pairingId).filter(({ target }) => target !== null);
    const settings = { ...SMALL_TRANSLATION, steps: 1, slices: "3" };
    const { modelId } = await queue.finished(queue.submitTraining({ method: "reggan", settings, seed: 3 }).runId);
    const { rows, excluded, patients } = await evaluate(modelId!, "val");
    expect(rows).toHaveLength(stacked.length - 2); // without the two single ones of the training
    expect({ excluded, patients }).toEqual({ excluded: 1, patients: 1 });
    expect(rows.map(({ frameName }) => frameName)).toContain("stack-T1.png · 2");
    // The dim slice is as dim as it is: its target lies in the lowest tenth of the range of its series, so an untrained image is far off.
    const nmaeOf = (slice: number) => rows.find(({ frameName }) => frameName.endsWith(`· ${slice}`))!.nmae!;
    expect(nmaeOf(2)).not.toBeCloseTo(nmaeOf(1), 2);
  },
);
