/** @file Commands of two modalities: what belongs together, and filling in what is missing. */
import { basename, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { AlignmentModel, CarriedOutcome, PairedBy, PairingRequest, PairingRow } from "../api/contract.ts";
import { readFileBytes, readTable } from "../imaging/index.ts";
import { Problem, sentenceOf } from "../problem/index.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { modelText } from "./project-commands.ts";
import { devices } from "./run-commands.ts";
import { counted } from "./terminal.ts";

interface PairOptions {
  from?: string;
  to?: string;
  by: PairedBy;
  kind?: NonNullable<PairingRequest["kind"]>;
  table?: string;
  align?: AlignmentModel;
  alongSlices?: boolean;
}

interface TranslateOptions {
  model: string;
  from?: string;
  to?: string;
  all?: boolean;
  outlines?: boolean;
  device: (typeof devices)[number];
}

export function addTranslationCommands(program: Command, run: RunCommand): void {
  program
    .command("pair <project>")
    .description(
      "say which images are of one modality and which of another, and which belong together; lists pairings without --from",
    )
    .option("--from <modality>", 'a series, a part of file names, or a pattern like "*_t1.png"')
    .option("--to <modality>", "the same of the other one")
    .addOption(
      new Option("--by <what>", "what tells them apart: descriptions of series or modalities, or file names")
        .choices(["auto", "series", "name", "table"])
        .default("auto"),
    )
    .addOption(
      new Option("--kind <kind>", "how well pairs lie on each other (default: what is found of them)").choices([
        "paired",
        "loose",
        "unpaired",
      ]),
    )
    .option("--table <csv>", "file names of images or series that belong together: a column for each modality")
    .addOption(
      new Option(
        "--align <model>",
        "bring images of the second modality onto those of the first, within the plane",
      ).choices(["rigid", "affine"]),
    )
    .option("--along-slices", "with --align: series along their slices too, by a whole number of them")
    .action((path: string, { from, to, by, kind, table, align, alongSlices }: PairOptions) =>
      run(async (context) => {
        const { client, terminal } = context;
        if (from === undefined && to === undefined) {
          await context.open(path);
          const pairings = await read(client.pairings.$get());
          terminal.outcome(pairings, pairings.length === 0 ? ["Nothing is paired yet."] : pairings.map(pairingLine));
          return;
        }
        if (from === undefined || to === undefined) throw oneModality();
        await context.openToChange(path);
        const listed = table === undefined ? undefined : await tableOf(table, from, to);
        const json = { from, to, by: listed === undefined ? by : ("table" as const), kind, table: listed };
        const pairing = await read(client.pairings.$post({ json }));
        const lines = [...pairing.remarks.map(sentenceOf), pairingLine(pairing)];
        if (align === undefined) {
          terminal.outcome(pairing, lines);
          return;
        }
        const param = { id: String(pairing.pairingId) };
        const request = { param, json: { model: align, alongSlices } };
        const aligned = await context.followAlignment(() => read(client.pairings[":id"].align.$post(request)));
        const { moved, unmoved, empty, slices } = aligned;
        terminal.outcome({ ...pairing, alignment: { model: align, moved, unmoved, empty, slices } }, [
          ...lines,
          `Aligned (${align}): ${counted(moved, "pair")} moved, ${unmoved} lie as well as can be found` +
            (empty > 0 ? `, ${empty} cannot be compared, for an image is of one value.` : "."),
          ...(alongSlices === true
            ? [
                slices.length === 0
                  ? "No series was moved along its slices: all lie as well as can be found."
                  : `Moved along their slices: ${slices.length} series, by ${slices.join(", ")} slices.`,
              ]
            : []),
        ]);
      }),
    );

  program
    .command("translate <project>")
    .description("make images of a modality that is missing from those of another; they are marked as made by a model")
    .option("--model <model>", 'model number or "latest" of this direction', modelText, "latest")
    .option("--from <modality>", "of the images (default: what the model learned)")
    .option("--to <modality>", "what to make of them")
    .option("--all", "also where the other modality is there (default: only where it is missing)")
    .option("--outlines", "make nothing: carry outlines that sources got since to what was made of them")
    .addOption(new Option("--device <device>", "where to compute").choices(devices).default("auto"))
    .action((path: string, { model, from, to, all, outlines, device }: TranslateOptions, command: Command) => {
      const isGiven = (option: string): boolean => command.getOptionValueSource(option) === "cli";
      const unused = ["model", "from", "to", "all", "device"].filter(isGiven);
      if (outlines === true && unused.length > 0) {
        command.error(
          `error: --outlines carries outlines to all translated images of the project and takes no ${unused.map((option) => `--${option}`).join(", ")}. Leave them out, or translate first.`,
        );
      }
      return run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        if (outlines === true) {
          const outcome = await read(client.translations.outlines.$post());
          terminal.outcome(outcome, carriedLines(outcome));
          return;
        }
        // The newest of the direction that is asked for, not of all.
        const json = { ...(model !== "latest" && { modelId: Number(model) }), from, to, all, device };
        const done = await context.followRun(() => read(client.translations.$post({ json })));
        const translated = await read(client.translations[":id"].$get({ param: { id: String(done.runId) } }));
        const left = done.steps - translated.length;
        const outlined = translated.filter(({ carriedFrom }) => carriedFrom !== null).length;
        const { metrics: _, ...row } = done;
        const { modelId } = row;
        terminal.outcome({ run: row, modelId, translated }, [
          ...done.remarks.map(sentenceOf),
          ...(left > 0 ? [`Left out, for they are of one value: ${counted(left, "image")}.`] : []),
          `Run ${done.runId} made ${counted(translated.length, "image")} with model ${modelId}; they are marked as made by a model, and train only.`,
          ...(outlined > 0 ? [`${counted(outlined, "image")} got the outlines of their sources.`] : []),
        ]);
      });
    });
}

const kinds = { paired: "paired", loose: "loosely paired", unpaired: "not paired" } as const;

function pairingLine({
  pairingId,
  source,
  target,
  kind,
  pairs,
  sources,
  targets,
  bySplit,
  missing,
}: PairingRow): string {
  const { train, val, test, unlabelled, unassigned } = bySplit;
  const counts = `${counted(sources, "image")} of ${source}, ${targets} of ${target}`;
  if (kind === "unpaired") return `Pairing ${pairingId}: ${source} and ${target}, ${kinds[kind]}: ${counts}.`;
  return (
    `Pairing ${pairingId}: ${source} and ${target}, ${kinds[kind]}: ${counted(pairs, "pair")} (train ${train}, val ${val}, test ${test}, ` +
    `unlabelled ${unlabelled}, no split ${unassigned}); ${missing} of ${source} without ${target}.`
  );
}

function carriedLines({ carried, kept, bare, unseen, withdrawn }: CarriedOutcome): string[] {
  return [
    `Outlines carried to ${counted(carried, "translated image")}.`,
    ...(kept > 0 ? [`With an annotation of their own, which stays: ${kept}.`] : []),
    ...(bare > 0 ? [`Without annotation of their source: ${bare}.`] : []),
    ...(unseen > 0 ? [`Left out, for the annotation of their source was accepted unseen: ${unseen}.`] : []),
    ...(withdrawn > 0
      ? [
          `Kept, though their source has no annotation any more: ${withdrawn}. They still teach: take each back by undo on it.`,
        ]
      : []),
  ];
}

function oneModality(): Problem {
  return new Problem({
    code: "bad-request",
    title: "Two modalities are paired: one is not named.",
    hint: "Give both --from and --to.",
  });
}

/** Lines of two columns; a first line with the names of the modalities says which is which. */
async function tableOf(path: string, from: string, to: string): Promise<[string, string][]> {
  const name = basename(path);
  const { rows } = readTable(await readFileBytes(resolve(path), name), name);
  if (rows.some((row) => row.length !== 2)) {
    throw new Problem({
      code: "bad-request",
      title: `${name}: a table of pairs has two columns.`,
      detail: `This one has ${rows[0]?.length ?? 0}.`,
      hint: `Leave the file names of ${from} and of ${to} in it, a pair in a line.`,
    });
  }
  const [head, ...rest] = rows as [string, string][];
  const isNamed = (first: string, second: string): boolean =>
    head?.[0].toLowerCase() === first.toLowerCase() && head[1].toLowerCase() === second.toLowerCase();
  if (isNamed(from, to)) return rest;
  if (isNamed(to, from)) return rest.map(([target, source]) => [source, target]);
  return rows as [string, string][];
}
