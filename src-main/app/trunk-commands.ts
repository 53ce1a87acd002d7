/** @file Commands for ONNX networks of the person's own that classifiers are trained on. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { TrunkRow } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";

export function addTrunkCommands(program: Command, run: RunCommand): void {
  const trunk = program
    .command("trunk")
    .description("an image network of your own, as ONNX, that classify and regress are trained on: docs/trunks.md");
  trunk
    .command("add <project> <file>")
    .description("look at an ONNX file and keep it in the project")
    .action((path: string, file: string) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        const row = await read(client.trunks.$post({ json: { path: resolve(file) } }));
        const size = row.size === null ? "" : ` --set size=${row.size}`;
        terminal.outcome(row, [
          lineOf(row),
          `To train on it: aliquot train ${path} --method classify --set network=${row.id}${size}`,
        ]);
      }),
    );
  trunk
    .command("list <project>")
    .description("trunks of a project")
    .action((path: string) =>
      run(async (context) => {
        await context.open(path);
        const rows = await read(context.client.trunks.$get());
        context.terminal.outcome(rows, rows.length === 0 ? ["No trunks yet."] : rows.map(lineOf));
      }),
    );
  trunk
    .command("remove <project> <id>")
    .description("take a trunk out of the project; models that were trained on it stay")
    .action((path: string, id: string) =>
      run(async (context) => {
        await context.openToChange(path);
        await context.client.trunks[":id"].$delete({ param: { id } });
        context.terminal.outcome({ id }, [`Trunk ${id} is not in the project any more.`]);
      }),
    );
}

function lineOf({ id, name, bytes, channels, size, features, tellsPlaces, weights, norms }: TrunkRow): string {
  const images = `${channels === 1 ? "gray" : "color"} images of ${size === null ? "any size that its layers take" : `${size} pixels`}`;
  const said = `${features} features ${tellsPlaces ? "of each place" : "of the whole image"}`;
  const frozen = norms === 0 ? "" : `; ${norms} batch normalizations keep their statistics`;
  return `${id} ${name}, ${(bytes / 2 ** 20).toFixed(1)} MiB: ${images} to ${said}, ${(weights / 1e6).toFixed(2)} million weights${frozen}.`;
}
