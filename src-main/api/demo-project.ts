/**
 * @file The bundled demo: which of its images go to which split, and their import. Masks of unlabelled images stay out.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { DecodePool } from "../imaging/index.ts";
import type { ImportFile } from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import { createProject, type Project } from "../project/index.ts";
import type { Split } from "./contract.ts";
import { ImportJob } from "./import-job.ts";
import type { OpeningWork } from "./openings.ts";
import { patientRule } from "./validate.ts";

const stems = z.array(z.string());

/** `demo.json` beside `images/` and `masks/`. */
const schema = z.object({
  classes: z.array(z.string()).min(1),
  patient: patientRule.default({ kind: "auto" }),
  splits: z.object({ train: stems, val: stems, test: stems, unlabelled: stems }),
});

interface DemoParts extends OpeningWork {
  /** `resources/demo`. */
  folder: string;
  pool: DecodePool;
  /** Emptied at the next start of the app, whatever happened to this one. */
  workFolder: string;
}

/**
 * Writes the demo to a new project file: whole or not at all, since half of it, after a cancel or a kill, would look like the demo and
 * teach the wrong lesson. So it is made in the working folder first. Rejects with `Problem` or what `signal` is aborted with.
 */
export async function writeDemo(filePath: string, { folder, pool, workFolder, ...work }: DemoParts): Promise<void> {
  const made = await mkdtemp(join(workFolder, "demo-"));
  try {
    const { classes, patient, splits } = await readPlan(folder);
    const project = createProject(join(made, "demo.aliquot"), { classes });
    try {
      await importSplits(project, { folder, pool, patient, splits, ...work });
      (await project.copyTo(filePath, { signal: work.signal })).release();
    } finally {
      project.close();
    }
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function importSplits(
  project: Project,
  {
    folder,
    pool,
    patient,
    splits,
    signal,
    onProgress,
  }: Omit<DemoParts, "workFolder"> & Pick<z.infer<typeof schema>, "patient" | "splits">,
): Promise<void> {
  const [images, masks] = await Promise.all(["images", "masks"].map((kind) => filesByStem(join(folder, kind))));
  const pick = (files: Map<string, ImportFile>, stem: string) => files.get(stem) ?? [];
  const total = Object.values(splits).flat().length;
  let before = 0;
  for (const [index, split] of (Object.keys(splits) as Split[]).entries()) {
    signal.throwIfAborted();
    const job: ImportJob = new ImportJob(index + 1, {
      project,
      pool,
      request: {
        items: splits[split].flatMap((stem) => pick(images!, stem)),
        masks: split === "unlabelled" ? [] : splits[split].flatMap((stem) => pick(masks!, stem)),
        patient,
        split,
        // The names are the data set's own digests, and the splits are told by them.
        deidentify: { keepFileNames: true },
        refused: [],
      },
      tell: ({ imported }) => onProgress(before + imported, total),
    });
    const cancel = (): void => void job.cancel();
    signal.addEventListener("abort", cancel);
    const { problem, refused } = await job.ended;
    signal.removeEventListener("abort", cancel);
    signal.throwIfAborted();
    const failure = problem ?? refused[0]?.problem;
    if (failure) throw new Problem(failure);
    before += splits[split].length;
  }
}

/** Throws `Problem` when the images are not bundled with this build. */
async function readPlan(folder: string): Promise<z.infer<typeof schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, "demo.json"), "utf8")));
  } catch (cause) {
    const title = "The demo images are not part of this installation.";
    throw new Problem({ code: "not-found", title, hint: "Create a project and import your own." }, { cause });
  }
}

async function filesByStem(folder: string): Promise<Map<string, ImportFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  return new Map(
    names.map((name) => [name.slice(0, -".png".length), { name, read: () => readFile(join(folder, name)) }]),
  );
}
