/** @file Commands on a project's images: new, info, import, split, export. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type {
  DeidentifyChoice,
  ExportFormat,
  ImportState,
  PatientRule,
  ProjectSummary,
  Split,
  Redaction,
} from "../api/contract.ts";
import type { SlicePlane } from "../imaging/index.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";

export const splits: readonly Split[] = ["train", "val", "test", "unlabelled"];

const exportFormats: readonly ExportFormat[] = ["png", "coco", "nifti", "dicom-seg", "nnunet", "yolo", "csv", "onnx"];

const planes: SlicePlane[] = ["axial", "coronal", "sagittal"];

export const splitOption = (description: string) =>
  new Option("--split <split>", description).choices([...splits]) as Option;

/** Parses a whole number of at least `min`. */
export const wholeNumber =
  (min = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min}.`);
  };

/** Parses `latest` or a model's number. */
export function modelText(text: string): string {
  if (/^(latest|[1-9][0-9]{0,14})$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a model number or "latest".');
}

export function addProjectCommands(program: Command, run: RunCommand): void {
  program
    .command("new <project>")
    .description("create a project file")
    .requiredOption("--classes <names>", "names of the label classes, separated by commas", classNames)
    .action((path: string, { classes }: { classes: string[] }) =>
      run(async ({ client, terminal }) => {
        const summary = await read(client.project.create.$post({ json: { path: resolve(path), classes } }));
        terminal.outcome(summary, [`Created ${summary.path}.`, ...describe(summary)]);
      }),
    );

  program
    .command("info <project>")
    .description("show what a project holds")
    .action((path: string) =>
      run(async (context) => {
        const summary = await context.open(path);
        context.terminal.outcome(summary, [summary.path, ...describe(summary)]);
      }),
    );

  program
    .command("import <project> [paths...]")
    .description(
      "import images (PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI, NRRD) with masks and labels from files and folders",
    )
    .option(
      "--masks <dir>",
      "folder or file of masks: PNG, NIfTI, DICOM Segmentation, COCO; nnU-Net folders are known by themselves",
    )
    .option("--labels <csv>", "table of image-level classes and numbers; its first column names images or cases")
    .option("--add-classes", "make classes that label files name and the project lacks")
    .option("--dry-run", "only show how files are matched and what is left over")
    .addOption(splitOption("split of the cases imported"))
    .option("--deidentify", "remove names, dates and numbers of persons (default)")
    .option("--no-deidentify", "keep files as they are, headers and names included")
    .option("--keep-header", "the same as --no-deidentify")
    .option("--retain-uids", "keep study, series and instance UIDs")
    .option("--retain-device", "keep maker, model and serial number of the device")
    .option("--retain-institution", "keep name and address of the institution")
    .option("--retain-patient-characteristics", "keep sex, age, size and weight")
    .option("--retain-dates-shifted", "keep dates, those of one patient moved by the same number of days")
    .option("--retain-dates", "keep dates and times as they are")
    .option("--clean-descriptors", "keep known technical words of descriptions")
    .option("--retain-graphics", "keep overlay planes; look at them, they may show names")
    .option("--retain-safe-private", "keep private attributes that DICOM PS3.15 lists as safe")
    .option("--keep-file-names", "keep file names also when they may hold names of persons")
    .addOption(new Option("--plane <plane>", "plane in which volumes are sliced").choices(planes).default("axial"))
    .option(
      "--patient-from <rule>",
      "auto, file, or a regular expression on file names (with folder) whose first group is the patient",
      patient,
    )
    .action((path: string, paths: string[], options: ImportOptions, command: Command) =>
      run(async (context) => {
        if (paths.length === 0 && options.masks === undefined && options.labels === undefined)
          command.error("error: name files or folders to import");
        if (options.dryRun === true) await context.open(path);
        else await context.openToChange(path);
        const json = {
          paths: paths.map((each) => resolve(each)),
          masks: options.masks === undefined ? undefined : resolve(options.masks),
          labels: options.labels === undefined ? undefined : resolve(options.labels),
          addClasses: options.addClasses ?? false,
          dryRun: options.dryRun ?? false,
          split: options.split,
          patient: options.patientFrom ?? { kind: "auto" as const },
          deidentify: deidentifyChoice(options),
          plane: options.plane,
        };
        const { terminal } = context;
        const report = await context.followImport(() => read(context.client.imports.folder.$post({ json })));
        for (const { problem } of report.refused) {
          terminal.say(["Refused:", problem.title, problem.detail, problem.hint].filter(Boolean).join(" "));
        }
        for (const mask of report.unmatchedMasks) terminal.say(`No image of this name: ${mask}`);
        terminal.outcome(report, [
          ...(report.dryRun ? matchLines(report) : []),
          `${report.state === "cancelled" ? "Cancelled: imported" : report.dryRun ? "Nothing was stored. It would import" : "Imported"} ${report.imported} images ` +
            `(${report.frames} frames) and ${report.masks} masks; ${report.duplicates} were there before; ` +
            `${report.labels > 0 ? `${report.labels} labels set; ` : ""}${report.refused.length} files refused.`,
          ...describeRemoved(report),
          ...describeBurnedIn(report),
        ]);
        const hasNothing = report.imported + report.duplicates + report.masks + report.labels === 0;
        return report.state === "done" && !hasNothing ? 0 : 1;
      }),
    );

  program
    .command("redact <project>")
    .description("set rectangles of an image's pixels to black for good, e.g. over burned-in names")
    .requiredOption("--frame <id>", "frame, by its number in the project", wholeNumber(1))
    .requiredOption("--rect <x,y,w,h...>", "rectangles in pixels from the top left", rectangle)
    .option("--all-frames", "in all frames of the image")
    .action((path: string, options: { frame: number; rect: Rectangle[]; allFrames?: boolean }) =>
      run(async (context) => {
        await context.openToChange(path);
        const param = { id: String(options.frame) };
        const json = { rectangles: options.rect, scope: options.allFrames ? ("image" as const) : ("frame" as const) };
        const { frame: row } = await read(context.client.frames[":id"].redactions.$post({ param, json }));
        context.terminal.outcome(row, [
          `Redacted ${row.name}; the pixels are gone from the project and its snapshots.`,
        ]);
      }),
    );

  program
    .command("split <project>")
    .description("deal cases (patients) to splits at random")
    .requiredOption("--train <n>", "cases to train on", wholeNumber())
    .requiredOption("--val <n>", "cases to choose the best checkpoint by", wholeNumber())
    .requiredOption("--test <n>", "cases held out for the evaluation", wholeNumber())
    .addOption(new Option("--unlabelled <rest>", "all other cases").choices(["rest"]).default("rest"))
    .option("--seed <n>", "seed of the random deal", wholeNumber(), 1)
    .action((path: string, { train, val, test, seed }: Record<"train" | "val" | "test" | "seed", number>) =>
      run(async (context) => {
        await context.openToChange(path);
        const summary = await read(context.client.split.$post({ json: { train, val, test, seed } }));
        context.terminal.outcome(summary, describe(summary));
      }),
    );

  program
    .command("export <project>")
    .description("write annotated images and masks, tables (csv) or a model (onnx) for other tools")
    .addOption(new Option("--format <format>", "what to write").choices(exportFormats).makeOptionMandatory() as Option)
    .requiredOption("--out <dir>", "folder to write to; made if it is not there")
    .option("--model <model>", 'model number or "latest"', modelText)
    .addOption(splitOption("only this split"))
    .option("--overwrite", "replace files of the same names")
    .action(
      (
        path: string,
        options: { format: ExportFormat; out: string; model?: string; split?: Split; overwrite?: boolean },
      ) =>
        run(async (context) => {
          await context.open(path);
          const { format, split, overwrite } = options;
          const modelId = options.model === undefined ? undefined : await context.modelId(options.model);
          const json = { format, dir: resolve(options.out), split, modelId, overwrite };
          const report = await context.followExport(() => read(context.client.exports.$post({ json })));
          context.terminal.outcome(report, [`Wrote ${report.files.length} files to ${report.dir}.`]);
        }),
    );
}

/** One line for each file of masks or labels: what it belongs to. */
function matchLines({ matches }: ImportState): string[] {
  return matches.map(({ file, images, notes }) => {
    const shown =
      images.length > 3 ? `${images.length} images: ${images.slice(0, 2).join(", ")}, …` : images.join(", ");
    return [`${file} -> ${shown}`, ...notes].join("; ");
  });
}

interface ImportOptions {
  masks?: string;
  labels?: string;
  addClasses?: boolean;
  dryRun?: boolean;
  split?: Split;
  plane: SlicePlane;
  deidentify?: boolean;
  keepHeader?: boolean;
  retainUids?: boolean;
  retainDevice?: boolean;
  retainInstitution?: boolean;
  retainPatientCharacteristics?: boolean;
  retainDatesShifted?: boolean;
  retainDates?: boolean;
  cleanDescriptors?: boolean;
  retainGraphics?: boolean;
  retainSafePrivate?: boolean;
  keepFileNames?: boolean;
  patientFrom?: PatientRule;
}

type Rectangle = Redaction["rectangles"][number];

/** Parses "x,y,w,h"; called for each, with those before. */
function rectangle(text: string, before: Rectangle[] = []): Rectangle[] {
  const match = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected x,y,w,h in whole pixels.");
  const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number];
  return [...before, { x, y, width, height }];
}

function deidentifyChoice(options: ImportOptions): boolean | DeidentifyChoice {
  if (options.deidentify === false || options.keepHeader === true) return false;
  const { retainUids, retainDevice, retainInstitution, retainPatientCharacteristics } = options;
  const retainDates = options.retainDates ? "full" : options.retainDatesShifted ? "shifted" : "none";
  const { cleanDescriptors, retainGraphics, retainSafePrivate, keepFileNames } = options;
  return {
    ...{ retainUids, retainDevice, retainInstitution, retainPatientCharacteristics },
    ...{ retainDates, cleanDescriptors, retainGraphics, retainSafePrivate, keepFileNames },
  };
}

function describeBurnedIn({ burnedIn }: ImportState): string[] {
  if (burnedIn.count === 0) return [];
  return [
    `${burnedIn.count} images may show names in their pixels; look at them, and cover them with "aliquot redact":`,
    ...burnedIn.images.map(({ file, frameId, reasons, regions }) => {
      const places = regions.map(({ x, y, width, height }) => ` --rect ${x},${y},${width},${height}`).join("");
      return `  ${file} (--frame ${frameId}${places}): ${reasons.join("; ")}.`;
    }),
  ];
}

/** What de-identification did, by names of attributes. */
function describeRemoved({ deidentification }: ImportState): string[] {
  if (deidentification === null) return ["Files were kept as they are, identity included."];
  const { attributes, renamedFiles } = deidentification;
  const lines = (["removed", "replaced", "kept"] as const).flatMap((action) => {
    const named = attributes.filter((each) => each.action === action).map(({ name, count }) => `${name} (${count})`);
    return named.length === 0 ? [] : [`De-identification ${action}: ${named.join(", ")}.`];
  });
  return renamedFiles === 0 ? lines : [...lines, `${renamedFiles} file names were replaced by pseudonyms.`];
}

function describe({ classes, counts, readOnly }: ProjectSummary): string[] {
  const groups = [...splits, "unassigned" as const].filter((split) => counts.bySplit[split].cases > 0);
  return [
    `Classes: ${classes.map(({ value, name }) => `${value} ${name}`).join(", ")}`,
    `${counts.cases} cases, ${counts.frames} frames, ${counts.annotated} annotated, ${counts.proposals} to review`,
    ...groups.map((split) => {
      const { cases, frames, annotated } = counts.bySplit[split];
      return `  ${split.padEnd(10)} ${cases} cases, ${frames} frames, ${annotated} annotated`;
    }),
    ...(readOnly === null ? [] : [`Read only: ${readOnly}`]),
  ];
}

function classNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every(Boolean)) return names;
  throw new InvalidArgumentError("Expected names separated by commas.");
}

function patient(text: string): PatientRule {
  if (text === "auto" || text === "file") return { kind: text };
  try {
    return { kind: "pattern", pattern: new RegExp(text, "u").source };
  } catch {
    throw new InvalidArgumentError("Expected auto, file or a regular expression.");
  }
}
