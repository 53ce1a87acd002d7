/** @file The command that writes for other tools: export. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExportFormat, ExportPreview, MaskKind, Split } from "../api/contract.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { modelText, splitOption } from "./project-commands.ts";

const exportFormats: readonly ExportFormat[] = [
  ...(["png", "coco", "nifti", "dicom-seg", "dicom"] as const),
  ...(["nnunet", "yolo", "csv", "onnx"] as const),
];
const maskKinds: readonly MaskKind[] = ["human", "accepted", "proposed"];

interface ExportOptions {
  format: ExportFormat;
  out?: string;
  model?: string;
  split?: Split;
  masks?: MaskKind[];
  overwrite?: boolean;
  dryRun?: boolean;
}

export function addExportCommands(program: Command, run: RunCommand): void {
  const command = program
    .command("export <project>")
    .description(
      "write annotated images and masks, translated images (dicom), tables (csv) or a model (onnx) for other tools",
    )
    .addOption(new Option("--format <format>", "what to write").choices(exportFormats).makeOptionMandatory() as Option)
    .option("--out <dir>", "folder to write to; made if it is not there")
    .option(
      "--model <model>",
      'model number or "latest": for onnx, for csv to write its figures alone, for dicom only what it made',
      modelText,
    )
    .addOption(splitOption("only this split"))
    .option(
      "--masks <kinds>",
      "which masks, separated by commas: human (drawn, edited, imported), accepted (proposals taken as they were), " +
        "proposed (not reviewed); default human,accepted",
      kindsOfMasks,
    )
    .option("--overwrite", "replace files of the same names")
    .option("--dry-run", "only show what would be written, with warnings and the dataset card");
  command.action((path: string, options: ExportOptions) =>
    run(async (context) => {
      const { format, split, masks, overwrite, out } = options;
      if (out === undefined && options.dryRun !== true) command.error("error: name the folder with --out");
      await context.open(path);
      const modelId = options.model === undefined ? undefined : await context.modelId(options.model);
      const choice = { format, split, masks, modelId };
      if (out === undefined || options.dryRun === true) {
        const preview = await read(context.client.exports.preview.$post({ json: choice }));
        context.terminal.outcome(preview, previewLines(preview));
        return;
      }
      const json = { ...choice, dir: resolve(out), overwrite };
      const report = await context.followExport(() => read(context.client.exports.$post({ json })));
      context.terminal.outcome(report, [`Wrote ${report.files.length} files to ${report.dir}.`]);
    }),
  );
}

function previewLines({ files, frames, cases, warnings, card }: ExportPreview): string[] {
  return [
    `Nothing was written. It would be ${files.length} files${frames > 0 ? ` of ${frames} ${frames === 1 ? "frame" : "frames"}, ${cases} cases` : ""}.`,
    ...warnings.map(({ title, hint }) => `Note: ${title} ${hint}`),
    ...(card === null ? [] : ["", card.trimEnd()]),
  ];
}

function kindsOfMasks(text: string): MaskKind[] {
  const kinds = text.split(",").map((kind) => maskKinds.find((each) => each === kind.trim()));
  if (kinds.every((kind) => kind !== undefined)) return kinds;
  throw new InvalidArgumentError(`Expected some of ${maskKinds.join(", ")}, separated by commas.`);
}
