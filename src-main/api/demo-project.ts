/**
 * @file The bundled demo: which of its images go to which split, and their import. Masks of unlabelled images stay out.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ImportFile } from "../interchange/index.ts";
import { Problem } from "../problem/index.ts";
import type { Split } from "./contract.ts";
import type { OpenProject } from "./open-project.ts";
import { patientRule } from "./validate.ts";

const stems = z.array(z.string());

/** `demo.json` beside `images/` and `masks/`. */
const schema = z.object({
  classes: z.array(z.string()).min(1),
  patient: patientRule.default({ kind: "auto" }),
  splits: z.object({ train: stems, val: stems, test: stems, unlabelled: stems }),
});

export type Demo = z.infer<typeof schema>;

export const demoImages = {
  /** Throws `Problem` when the images are not bundled with this build. */
  async read(folder: string): Promise<Demo> {
    try {
      return schema.parse(JSON.parse(await readFile(join(folder, "demo.json"), "utf8")));
    } catch (cause) {
      const title = "The demo images are not part of this installation.";
      throw new Problem({ code: "not-found", title, hint: "Create a project and import your own." }, { cause });
    }
  },

  /** Imports split by split into an empty project with the demo's classes. */
  async run(open: OpenProject, folder: string, demo: Demo): Promise<void> {
    const [images, masks] = await Promise.all(["images", "masks"].map((kind) => filesByStem(join(folder, kind))));
    const pick = (files: Map<string, ImportFile>, stem: string) => files.get(stem) ?? [];
    for (const split of Object.keys(demo.splits) as Split[]) {
      const job = open.startImport({
        items: demo.splits[split].flatMap((stem) => pick(images!, stem)),
        masks: split === "unlabelled" ? [] : demo.splits[split].flatMap((stem) => pick(masks!, stem)),
        patient: demo.patient,
        split,
        // The names are the data set's own digests, and the splits are told by them.
        deidentify: { keepFileNames: true },
        refused: [],
      });
      const { problem, refused } = await job.ended;
      const failure = problem ?? refused[0]?.problem;
      if (failure) throw new Problem(failure);
    }
  },
};

async function filesByStem(folder: string): Promise<Map<string, ImportFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  return new Map(
    names.map((name) => [name.slice(0, -".png".length), { name, read: () => readFile(join(folder, name)) }]),
  );
}
