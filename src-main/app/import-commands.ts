/** @file Commands that bring images in, and tell what earlier ones brought: import, imports. */
import { writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { DeidentifyChoice, KeptImportRow, MaskColor, PatientRule, Split } from "../api/contract.ts";
import { privacyForm, type SlicePlane, slicePlanes } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunCommand } from "./command-line.ts";
import { splitOption, wholeNumber } from "./project-commands.ts";

interface ImportOptions {
  masks: string[];
  labels: string[];
  addClasses?: boolean;
  maskColors?: MaskColor[];
  channel?: number;
  fold?: number;
  dryRun?: boolean;
  split?: Split;
  modality?: string;
  plane: SlicePlane;
  deidentify?: boolean;
  keepHeader?: boolean;
  patientFrom?: PatientRule;
  report?: string;
}

export function addImportCommands(program: Command, run: RunCommand): void {
  const command = program
    .command("import <project> [paths...]")
    .description(
      "import images (PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI, NRRD) with masks and labels from files and folders; " +
        "a disc by its folder or its DICOMDIR",
    )
    .option(
      "--masks <path>",
      "folder or file of masks: PNG, NIfTI, DICOM Segmentation, COCO; may be given several times; nnU-Net folders are known by themselves",
      oneMore,
      [],
    )
    .option(
      "--labels <csv>",
      'table of labels of whole images, whose first column names images or cases; words become classes and numbers a number, unless the title of a column says else: "dr:grade(0<1<2<3<4)", "side:class", "size:number(mm;0;30)", behind it ":patient" where it tells of patients; may be given several times',
      oneMore,
      [],
    )
    .option("--add-classes", "make classes that label files name and the project lacks")
    .option(
      "--mask-colors <name=#rrggbb,…>",
      'colors of colored masks and the classes they mean, or "background"',
      maskColors,
    )
    .option("--channel <number>", "channel of nnU-Net cases with several, from 0 (default 0)", wholeNumber())
    .option(
      "--fold <number>",
      "fold of nnU-Net's splits_final.json that says what is train and val, from 0 (default 0)",
      wholeNumber(),
    )
    .option("--dry-run", "only show how files are matched, what is left over and what would be refused")
    .addOption(splitOption("split of the cases imported"))
    .option("--modality <name>", "what these images are called, e.g. T1, whatever their files say")
    .addOption(
      new Option(
        "--plane <plane>",
        "plane in which volumes are sliced; stored: along the file's third axis, not turned",
      )
        .choices([...slicePlanes])
        .default("axial"),
    )
    .option(
      "--patient-from <rule>",
      "auto, file, or a regular expression on file names (with folder) whose first group is the patient",
      patient,
    )
    .option("--report <file>", "also write the report to a file: .csv for a table, else text", reportFile)
    .option("--deidentify", "remove names, dates and numbers of persons (default)")
    .option("--no-deidentify", "keep files as they are, headers and names included")
    .option("--keep-header", "the same as --no-deidentify");
  for (const { flag, help } of privacyFlags) command.option(flag, help);
  command.action((path: string, paths: string[], options: ImportOptions & Record<string, unknown>) =>
    run(async (context) => {
      if (paths.length + options.masks.length + options.labels.length === 0)
        command.error("error: name files or folders to import");
      if (options.dryRun === true) await context.open(path);
      else await context.openToChange(path);
      const json = {
        paths: paths.map((each) => resolve(each)),
        masks: options.masks.map((each) => resolve(each)),
        labels: options.labels.map((each) => resolve(each)),
        addClasses: options.addClasses ?? false,
        maskColors: options.maskColors,
        channel: options.channel,
        fold: options.fold,
        dryRun: options.dryRun ?? false,
        split: options.split,
        modality: options.modality,
        patient: options.patientFrom ?? { kind: "auto" as const },
        deidentify: deidentifyChoice(options),
        plane: options.plane,
      };
      const report = await context.followImport(() => read(context.client.imports.folder.$post({ json })));
      const id = String(report.importId);
      const textOf = async (format: "txt" | "csv") =>
        (await context.client.imports[":id"].file.$get({ param: { id }, query: { format } })).text();
      await saveReport(options.report, textOf);
      // Said to people beside a document for machines; the text has it.
      if (context.terminal.isJson) {
        for (const { problem } of report.refused) context.terminal.say(`Refused: ${new Problem(problem).message}`);
        for (const mask of report.unmatchedMasks) context.terminal.say(`No image of this name: ${mask}`);
      }
      context.terminal.outcome(report, linesOf(await textOf("txt")));
      const hasNothing = report.imported + report.duplicates + report.masks + report.labels === 0;
      return report.state === "done" && !hasNothing ? 0 : 1;
    }),
  );

  program
    .command("imports <project>")
    .description("list earlier imports, or show the report of one")
    .option("--show <report>", "the report of one import, by its number in the list", wholeNumber(1))
    .option("--report <file>", "with --show: also write it to a file: .csv for a table, else text", reportFile)
    .action((path: string, options: { show?: number; report?: string }) =>
      run(async (context) => {
        await context.open(path);
        if (options.show !== undefined) return showReport(context, options.show, options.report);
        const rows = await read(context.client.imports.reports.$get());
        context.terminal.outcome(rows, rows.length === 0 ? ["No imports yet."] : rows.map(rowLine));
        return undefined;
      }),
    );
}

async function showReport(context: CommandContext, reportId: number, file: string | undefined): Promise<undefined> {
  const param = { id: String(reportId) };
  const textOf = async (format: "txt" | "csv") =>
    (await context.client.imports.reports[":id"].file.$get({ param, query: { format } })).text();
  const kept = await read(context.client.imports.reports[":id"].$get({ param }));
  await saveReport(file, textOf);
  context.terminal.outcome(kept, linesOf(await textOf("txt")));
}

function rowLine({ reportId, endedAt, state, imported, frames, masks, refused, burnedIn }: KeptImportRow): string {
  const when = endedAt.slice(0, 16).replace("T", " ");
  const writing = burnedIn > 0 ? `, ${burnedIn} with likely writing` : "";
  return `${reportId}  ${when}  ${state}: ${imported} images (${frames} frames), ${masks} masks, ${refused} refused${writing}`;
}

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

async function saveReport(file: string | undefined, textOf: (format: "txt" | "csv") => Promise<string>): Promise<void> {
  if (file === undefined) return;
  const text = await textOf(/\.csv$/i.test(file) ? "csv" : "txt");
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new Problem(
      {
        code: "file-unreadable",
        title: `${basename(file)}: the report cannot be written.`,
        detail: `The system says ${(cause as NodeJS.ErrnoException).code ?? "no"}.`,
        hint: "The import itself is done; see its report with: aliquot imports PROJECT",
      },
      { cause },
    );
  }
}

interface PrivacyFlag {
  name: string;
  value: true | string;
  flag: string;
  help: string;
}

/** Flags of what stays in, from the list that the import dialog is made of as well. */
const privacyFlags = Object.entries(privacyForm).flatMap(([name, field]): PrivacyFlag[] =>
  field.kind === "flag"
    ? [{ name, value: true, flag: field.flag, help: `${lowerFirst(field.label)}. ${field.help}` }]
    : field.choices.flatMap(({ value, flag, help }) => (flag === null ? [] : [{ name, value, flag, help }])),
);

function deidentifyChoice(options: ImportOptions & Record<string, unknown>): boolean | DeidentifyChoice {
  if (options.deidentify === false || options.keepHeader === true) return false;
  const chosen = privacyFlags.filter(({ flag }) => options[optionName(flag)] === true);
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value])) as DeidentifyChoice;
}

/** `--retain-uids` -> `retainUids`, as commander names it. */
function optionName(flag: string): string {
  return new Option(flag).attributeName();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function oneMore(path: string, before: string[]): string[] {
  return [...before, path];
}

function reportFile(text: string): string {
  if (/\.[A-Za-z0-9]+$/.test(text)) return resolve(text);
  throw new InvalidArgumentError("Expected a file name such as report.csv or report.txt.");
}

function patient(text: string): PatientRule {
  if (text === "auto" || text === "file") return { kind: text };
  try {
    return { kind: "pattern", pattern: new RegExp(text, "u").source };
  } catch {
    throw new InvalidArgumentError("Expected auto, file or a regular expression.");
  }
}

/** Parses "lesion=#ff0000,organ=#00ff00"; a class may come several times. */
function maskColors(text: string): MaskColor[] {
  return text.split(",").map((pair) => {
    const [, className, color] = /^(.+)=(#[0-9a-f]{6})$/i.exec(pair.trim()) ?? [];
    if (className === undefined || color === undefined) {
      throw new InvalidArgumentError("Expected class=#rrggbb, several separated by commas.");
    }
    return { className: className.trim(), color };
  });
}
