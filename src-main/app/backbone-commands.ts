/** @file Commands for a Stable Diffusion of the person's own: add it to this computer, list what there is, try it. */
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { BackboneRow } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { wholeNumber } from "./project-commands.ts";
import { devices } from "./run-commands.ts";
import { counted } from "./terminal.ts";

export function addBackboneCommands(program: Command, run: RunCommand): void {
  const backbone = program
    .command("backbone")
    .description("a Stable Diffusion 1.x of your own, in ONNX parts: docs/backbones.md says how to export them");
  backbone
    .command("add <folder>")
    .description(
      "look at the parts of a Stable Diffusion 1.x (that predicts noise, ε) in a folder and remember where they lie; nothing is copied",
    )
    .option("--prompt <text>", 'what its text encoder is asked, e.g. "a photo of a polyp"', "")
    .action((folder: string, { prompt }: { prompt: string }) =>
      run(async ({ client, terminal }) => {
        const added = await read(client.backbones.$post({ json: { folder: resolve(folder), prompt } }));
        terminal.outcome(added, [...linesOf(added), ...added.leftOut.map((line) => `Left out: ${line}`)]);
      }),
    );
  backbone
    .command("list")
    .description("backbones of this computer")
    .action(() =>
      run(async ({ client, terminal }) => {
        const rows = await read(client.backbones.$get());
        terminal.outcome(rows, rows.length === 0 ? ["No backbones yet."] : rows.flatMap(linesOf));
      }),
    );
  backbone
    .command("remove <id>")
    .description("forget where a backbone lies; its files stay")
    .action((id: string) =>
      run(async ({ client, terminal }) => {
        await client.backbones[":id"].$delete({ param: { id } });
        terminal.outcome({ id }, [`Backbone ${id} is not known any more; its files are where they were.`]);
      }),
    );
  backbone
    .command("paint <id>")
    .description("images of a backbone as it is: from its text, or for masks with its own control network")
    .requiredOption("--out <folder>", "where to write PNG files, each as soon as it is painted")
    .option("--overwrite", "replace files of the same names")
    .option("--masks <folder>", "a picture for each mask in it: PNG, 0 outside and one other value inside")
    .option("--count <n>", "images, where there are no masks", wholeNumber(1), 1)
    .option("--seed <n>", "seed of all randomness", wholeNumber(), 1)
    .option("--size <pixels>", "side of the images", wholeNumber(64), 512)
    .option("--steps <n>", "sampling steps", wholeNumber(1), 50)
    .option("--guidance <x>", "how strongly images are pushed towards the text; 1: not at all", Number, 9)
    .addOption(new Option("--device <device>", "where to compute").choices(devices).default("auto"))
    .action((id: string, options: PaintingOptions) =>
      run(async (context) => {
        const { client, terminal } = context;
        const { out, masks, ...rest } = options;
        const json = { ...rest, out: resolve(out), masks: masks === undefined ? null : await masksIn(resolve(masks)) };
        const names = await context.followBackbonePainting(id, () =>
          read(client.backbones[":id"].paintings.$post({ param: { id }, json })),
        );
        terminal.outcome({ images: names }, [`${counted(names.length, "image")} in ${out}.`]);
      }),
    );
}

interface PaintingOptions {
  out: string;
  overwrite?: boolean;
  masks?: string;
  count: number;
  seed: number;
  size: number;
  steps: number;
  guidance: number;
  device: (typeof devices)[number];
}

/** Other files may lie beside masks; pictures that are no PNG are named, not left out in silence. */
const PICTURE = /^[^.].*\.(png|jpe?g|bmp|gif|tiff?|webp)$/i;

/** Paths of the pictures in a folder. Throws `Problem`. */
async function masksIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        code: "file-unreadable",
        title: `${basename(folder)}: the folder of masks cannot be read.`,
        detail: `The system says ${cause.code ?? "an error"}.`,
        hint: "Check that it is there and that you may read it, then try again.",
      },
      { cause },
    );
  });
  const names = entries.flatMap((entry) => (!entry.isDirectory() && PICTURE.test(entry.name) ? [entry.name] : []));
  if (names.length > 0) return names.toSorted().map((name) => join(folder, name));
  throw new Problem({
    code: "not-enough-data",
    title: `${basename(folder)}: there are no masks in the folder.`,
    detail: "Folders in it are not looked into.",
    hint: "Masks are PNG files: 0 outside and one other value inside.",
  });
}

function linesOf({ id, name, parts, uses, prompt, size, remarks }: BackboneRow): string[] {
  return [
    `${id} ${name}${prompt === null ? "" : ` "${prompt}"`}, images of ${size ?? "any multiple of 64"} pixels: ${uses.join("; ")}.`,
    ...parts.map((part) => `  ${part.role}: ${part.name}, ${(part.bytes / 2 ** 20).toFixed(1)} MiB`),
    ...remarks.map((remark) => `  Note: ${remark}`),
  ];
}
