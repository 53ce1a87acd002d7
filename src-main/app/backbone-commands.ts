/** @file Commands for a Stable Diffusion of the person's own: add it to this computer, list what there is, try it. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { BackboneRow } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { wholeNumber } from "./project-commands.ts";
import { devices } from "./run-commands.ts";
import { counted } from "./terminal.ts";

export function addBackboneCommands(program: Command, run: RunCommand): void {
  const backbone = program
    .command("backbone")
    .description("a Stable Diffusion of your own, in ONNX parts: docs/backbones.md says how to export them");
  backbone
    .command("add <folder>")
    .description("look at the parts in a folder and remember where they lie; nothing is copied")
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
    .option("--masks <folder>", "an image for each mask image in it: bright is inside")
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
        const folder = masks === undefined ? null : resolve(masks);
        const files =
          folder === null
            ? null
            : readdirSync(folder)
                .toSorted()
                .map((name) => join(folder, name));
        const json = { ...rest, out: resolve(out), masks: files };
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

function linesOf({ id, name, parts, uses, prompt, size }: BackboneRow): string[] {
  return [
    `${id} ${name}${prompt === null ? "" : ` "${prompt}"`}, images of ${size ?? "any multiple of 64"} pixels: ${uses.join("; ")}.`,
    ...parts.map((part) => `  ${part.role}: ${part.name}, ${(part.bytes / 2 ** 20).toFixed(1)} MiB`),
  ];
}
