/** @file The command that has a generator make synthetic pairs. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { Problem } from "../problem/index.ts";
import type { Estimated, MaskShapes, SynthesisDetail } from "../api/contract.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunCommand } from "./command-line.ts";
import { wholeNumber } from "./project-commands.ts";
import { devices, figure, labelIds, share } from "./run-commands.ts";
import { setting, typedSettings } from "./set-option.ts";
import { counted } from "./terminal.ts";

interface Options {
  model: string;
  count?: number;
  seed: number;
  shapes: MaskShapes;
  quota: Record<string, number>;
  perGrade?: GradeQuota;
  like?: number[];
  judge?: number | "none";
  accept?: number;
  set: Record<string, string>;
  device: (typeof devices)[number];
}

export function addSynthesisCommand(program: Command, run: RunCommand): void {
  program
    .command("synthesise <project>")
    .description("paint images for new masks made of the annotated ones; they wait for review unless --accept is given")
    .option("--model <model>", 'number of a generator, or "latest"', "latest")
    .option("--count <n>", "pairs (default: as many as there are source masks)", wholeNumber(1))
    .option("--seed <n>", "seed of all randomness", wholeNumber(), 1)
    .addOption(
      new Option("--shapes <kind>", "what is done to source masks: moved, also bent, or some blended of two")
        .choices(["moved", "bent", "blended"])
        .default("moved"),
    )
    .option("--quota <class=n>", "pairs that show a class; may be repeated", quota, {})
    .option(
      "--per-grade <label=grade:n,…>",
      "pairs made of masks of images of each class or grade of a label, e.g. stage=severe:20,mild:20, or as many of each, stage=20; where nobody said it, as a grader predicted it",
      gradeQuota,
    )
    .option("--like <pairs>", "more like these: numbers of pairs, e.g. 3,5", numbers)
    .option("--judge <model>", 'model that says whether image and mask agree, or "none" (default: the best one)', judge)
    .option("--set <key=value>", "how it paints, of the generator's own settings; may be repeated", setting, {})
    .option(
      "--accept <alignment>",
      "accept pairs of at least this alignment, 0 to 1, near-copies left out; 0: whatever it is",
      share,
    )
    .addOption(new Option("--device <device>", "where to compute").choices(devices).default("auto"))
    .action((path: string, options: Options) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        if (options.judge === "none" && (options.accept ?? 0) > 0) throw acceptedByWhat();
        const generator = await generatorOf(context, options.model);
        const perGrade = options.perGrade && (await gradesByLabel(context, options.perGrade));
        const ofGrades = Object.values(perGrade?.pairs ?? {}).reduce((sum, pairs) => sum + pairs, 0);
        const usual = ofGrades > 0 ? ofGrades : Math.max(1, generator.sources);
        const { seed, shapes, like, judge: judgedBy, device, count = usual } = options;
        const json = {
          modelId: generator.modelId,
          count,
          seed,
          shapes,
          device,
          quota: await quotaByValue(context, options.quota),
          settings: typedSettings({ id: `model ${generator.modelId}`, settings: generator.paintSettings }, options.set),
          ...(perGrade !== undefined && { perGrade }),
          ...(like !== undefined && { like }),
          ...(judgedBy !== undefined && { judgeModelId: judgedBy === "none" ? null : judgedBy }),
        };
        const { runId } = await context.followRun(() => read(client.synthesis.$post({ json })));
        const param = { id: String(runId) };
        const made = await read(client.synthesis[":id"].$get({ param }));
        if (options.accept !== undefined) await accept(context, made, options.accept);
        const detail = await read(client.synthesis[":id"].$get({ param }));
        terminal.outcome(detail, outcomeLines(detail, options));
      }),
    );
}

async function generatorOf({ client }: CommandContext, text: string) {
  const generators = await read(client.synthesis.generators.$get());
  const found = text === "latest" ? generators[0] : generators.find(({ modelId }) => String(modelId) === text);
  if (found !== undefined) return found;
  const known = generators.map(({ modelId, name }) => `${modelId} "${name}"`).join(", ");
  const models = await read(client.models.$get());
  const model = models.find(({ modelId }) => String(modelId) === text);
  throw new Problem({
    code: "not-found",
    title:
      text === "latest"
        ? "The project has no generator yet."
        : model === undefined
          ? `The project has no model ${text}.`
          : `Model ${text} "${model.name}" paints no images.`,
    detail: known === "" ? "None of its models paints images." : `Generators: ${known}.`,
    hint:
      known === ""
        ? "Train one first: aliquot train PROJECT --method genseg."
        : "Give the number of one of them to --model.",
  });
}

/** Classes by name or value. */
async function quotaByValue(
  { client }: CommandContext,
  byName: Readonly<Record<string, number>>,
): Promise<Record<string, number>> {
  const classes = await read(client.classes.$get());
  return Object.fromEntries(
    Object.entries(byName).map(([name, pairs]) => {
      const found = classes.find((each) => each.name === name || String(each.value) === name);
      if (found !== undefined) return [String(found.value), pairs];
      throw new Problem({
        code: "bad-request",
        title: `The project has no class "${name}".`,
        detail: `Classes: ${classes.map((each) => each.name).join(", ")}.`,
        hint: "Give one of them to --quota, e.g. --quota lesion=20.",
      });
    }),
  );
}

async function gradesByLabel(
  context: CommandContext,
  { label, pairs }: GradeQuota,
): Promise<{ labelId: number; pairs: Record<string, number> }> {
  const [labelId] = (await labelIds(context, [label])) as [number];
  if (typeof pairs !== "number") return { labelId, pairs };
  const { options } = (await read(context.client.labels.$get())).find((each) => each.labelId === labelId)!;
  return { labelId, pairs: Object.fromEntries(options.map((grade) => [grade, pairs])) };
}

async function accept({ client }: CommandContext, { pairs }: SynthesisDetail, alignment: number): Promise<void> {
  const good = pairs.filter(({ state, quality }) => {
    return state === "undecided" && quality.isNearCopy !== true && (quality.alignment ?? 0) >= alignment;
  });
  if (good.length === 0) return;
  await read(client.synthesis.pairs.$put({ json: { pairIds: good.map(({ pairId }) => pairId), state: "accepted" } }));
}

/** Before there is a run. */
function acceptedByWhat(): Problem {
  return new Problem({
    code: "bad-request",
    title: "Nothing would measure the alignment that --accept asks for.",
    detail: "--judge none leaves out the model that says whether image and mask agree.",
    hint: "Leave --judge out, or accept pairs in the app, one by one.",
  });
}

function outcomeLines(
  { made, accepted, withheld, quality, judgeModelId, runId, pairs }: SynthesisDetail,
  { judge, accept: asked }: Pick<Options, "judge" | "accept">,
): string[] {
  const waiting = made - accepted - withheld;
  const far = pairs.filter(({ quality }) => quality.isMaskFar === true).length;
  const unmeasured =
    judge === "none"
      ? "--judge none"
      : "there is no model of these classes that learned from real images alone; `aliquot train PROJECT --method segment` makes one";
  return [
    `Run ${runId} made ${counted(made, "pair")}: ${accepted} accepted, ${waiting} wait for review, ${withheld} withheld as near-copies.`,
    ...(asked !== undefined && accepted === 0 && waiting > 0
      ? [
          quality?.alignment === null
            ? "--accept accepted none: the alignment was not measured."
            : `--accept accepted none: no pair that was not withheld reached ${asked}.`,
        ]
      : []),
    ...gradeLines(pairs),
    ...(far > 0
      ? [
          `Masks unlike all that the generator learned from: ${far} of ${made}. What is painted there is a guess: look at those first.`,
        ]
      : []),
    ...(quality === null
      ? []
      : [
          quality.alignment === null
            ? `Alignment: not measured${judgeModelId === null ? ` (${unmeasured})` : ""}.`
            : `Alignment with model ${judgeModelId}: median ${figure(quality.alignment.median)}, lowest ${figure(quality.alignment.lowest)}, ${quality.alignment.poor} below 0.5.`,
          quality.nearCopies === null
            ? "Near-copies: too few real images for a verdict."
            : `Near-copies: ${quality.nearCopies}; as many of fresh images by chance: up to ${figure(quality.expectedByChance, 1)}.`,
          estimateLine("Variety, 1 as among real images", quality.diversity),
          estimateLine("Fréchet distance", quality.frechet),
          estimateLine("Kernel distance", quality.kernel),
        ]),
  ];
}

/** "Of stage: severe 20 (5 of them predicted), mild 20." */
function gradeLines(pairs: SynthesisDetail["pairs"]): string[] {
  const graded = pairs.flatMap(({ origin }) => origin.grade ?? []);
  if (graded.length === 0) return [];
  const parts = [...Map.groupBy(graded, ({ grade }) => grade)].map(([grade, own]) => {
    const predicted = own.filter(({ isPredicted }) => isPredicted).length;
    return `${grade} ${own.length}${predicted > 0 ? ` (${predicted} of them of images whose grade was predicted)` : ""}`;
  });
  return [`Drawn for ${graded[0]!.name}: ${parts.join(", ")}.`];
}

const estimateLine = (what: string, estimated: Estimated): string =>
  estimated.kind === "too-few"
    ? `${what}: too few images for a number (${estimated.images} of ${estimated.needed}).`
    : `${what}: ${digits(estimated.value)} (95 % interval ${digits(estimated.low)} to ${digits(estimated.high)}).`;

/** Distances may be of any size. */
const digits = (value: number): string => String(Number(value.toPrecision(3)));

function quota(text: string, before: Record<string, number>): Record<string, number> {
  const at = text.lastIndexOf("=");
  const pairs = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(pairs) || pairs < 0) throw new InvalidArgumentError("Expected class=n.");
  return { ...before, [text.slice(0, at)]: pairs };
}

interface GradeQuota {
  label: string;
  /** Of each grade, or of every one. */
  pairs: number | Record<string, number>;
}

function gradeQuota(text: string): GradeQuota {
  const at = text.indexOf("=");
  const [label, rest] = [text.slice(0, at).trim(), text.slice(at + 1)];
  const isCount = (part: string): boolean => /^[0-9]{1,5}$/.test(part.trim());
  if (at > 0 && isCount(rest)) return { label, pairs: Number(rest) };
  const parts = rest.split(",").map((part) => {
    const colon = part.lastIndexOf(":");
    return [part.slice(0, colon).trim(), part.slice(colon + 1)] as const;
  });
  if (at > 0 && parts.every(([grade, pairs]) => grade !== "" && isCount(pairs))) {
    return { label, pairs: Object.fromEntries(parts.map(([grade, pairs]) => [grade, Number(pairs)])) };
  }
  throw new InvalidArgumentError("Expected label=grade:n,… or label=n, e.g. stage=severe:20,mild:20.");
}

function numbers(text: string): number[] {
  const all = text.split(",").map(Number);
  if (all.every((each) => Number.isInteger(each) && each > 0)) return all;
  throw new InvalidArgumentError("Expected numbers of pairs, e.g. 3,5.");
}

/** Not null: that is no value to the parser. */
function judge(text: string): number | "none" {
  if (text === "none") return text;
  const modelId = Number(text);
  if (Number.isInteger(modelId) && modelId > 0) return modelId;
  throw new InvalidArgumentError('Expected the number of a model, or "none".');
}
