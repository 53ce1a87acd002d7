/** @file Commands that train, propose, review and judge. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ModelRow, ProgramProfile, ReviewQueue, RunDetail, RunRow, Split } from "../api/contract.ts";
import { thresholdText } from "../api/index.ts";
import { Problem, sentenceOf } from "../problem/index.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";
import type { RunCommand } from "./command-line.ts";
import { figureName } from "./figure-name.ts";
import { conditionLines, waitingLines } from "./grading-text.ts";
import { modelText, splitOption, wholeNumber } from "./project-commands.ts";
import { methodSettings, setting } from "./set-option.ts";
import { comparisonLines, runLine, withHistory } from "./run-table.ts";
import { counted, durationText } from "./terminal.ts";
import { fittedUntil } from "./until.ts";

export const devices = ["auto", "cpu", "webgpu", "cuda", "dml", "coreml"] as const;

export function addRunCommands(program: Command, run: RunCommand): void {
  program
    .command("train <project>")
    .description("train a model on the annotated cases of the train split")
    .option("--method <method>", "what to train", "segment")
    .option("--preset <name>", "named settings of the method, e.g. parity; --set comes on top")
    .option("--set <key=value>", "a setting of the method; may be repeated", setting, {})
    .addOption(new Option("--device <device>", "where to compute").choices(devices).default("auto"))
    .option("--seed <n>", "seed of all randomness", wholeNumber(), 1)
    .option("--steps <n>", "number of updates", wholeNumber(1))
    .option(
      "--pairing <n>",
      "of reggan and cyclegan: number of a pairing (default: that of --from-model, else the newest)",
      wholeNumber(1),
    )
    .option(
      "--label <name>",
      "of classify, diffmic and regress: what to learn; of regress several may be given",
      listed,
      [],
    )
    .addOption(
      new Option(
        "--until <hour>",
        "end by this hour of the clock, e.g. 07:00 (tomorrow where it is past): a few steps are timed, and as many taken as fit",
      ).conflicts(["steps", "bundle"]),
    )
    .option("--from-model <model>", "start from this model's weights", modelText)
    .option("--include-accepted", "train on accepted proposals, too")
    .option("--bundle <file>", "write a run bundle for another machine instead of training here")
    .option("--profile", "time a few steps after warm-up and print the time per operator and per layer")
    .action((path: string, options: TrainOptions) =>
      run(async (context) => {
        await context.openToChange(path);
        const { method, preset, device, seed, steps, includeAccepted, profile, pairing } = options;
        const fromModel = options.fromModel === undefined ? undefined : await context.modelId(options.fromModel);
        const settings = await methodSettings(context, method, options.set);
        const labels = options.label.length === 0 ? undefined : await labelIds(context, options.label);
        const learned = { fromModel, includeAccepted, pairing, labels };
        const asked = { method, preset, settings, device, seed, steps, profile, ...learned };
        const { until } = options;
        const json =
          until === undefined
            ? asked
            : { ...asked, settings: { ...settings, ...(await fittedUntil(context, asked, until)) } };
        if (options.bundle !== undefined) {
          const held = await read(context.client.runs.$post({ json: { ...json, hold: true } }));
          const report = await context.followBundle(held.runId, options.bundle);
          context.terminal.outcome({ run: held, ...report }, [
            `Run ${held.runId} waits for its result. Train it with: aliquot run ${options.bundle}`,
          ]);
          return;
        }
        // Before there is a run that could only fail.
        const { problem, neededBytes, availableBytes } = await read(context.client["run-plans"].$post({ json }));
        if (problem !== null) throw new Problem(problem);
        if (neededBytes !== null && availableBytes !== null)
          context.terminal.say(
            `Memory: about ${gibibytes(neededBytes)} of ${gibibytes(availableBytes)} that are free.`,
          );
        const done = await context.followRun(() => read(context.client.runs.$post({ json })));
        const profiles = profile === true ? await profilesOf(context, done) : undefined;
        await tellOutcome(context, done, profiles);
      }),
    );

  program
    .command("runs <project>")
    .description("list runs: images learned from + checked with, best validation figure, time computed")
    .option("--compare <runs>", "some of them side by side, e.g. 3,5", runNumbers)
    .action((path: string, { compare }: { compare?: number[] }) =>
      run(async (context) => {
        await context.open(path);
        const { client, terminal } = context;
        const listed = withHistory(await read(client.runs.$get()), await read(client["run-history"].$get()));
        if (compare === undefined) {
          terminal.outcome(listed, listed.length === 0 ? ["No runs yet."] : listed.map(runLine));
          return;
        }
        const chosen = compare.map((runId) => listed.find((each) => each.runId === runId) ?? missingRun(runId));
        terminal.outcome(chosen, comparisonLines(chosen));
      }),
    );

  program
    .command("resume <project> <run>")
    .description("continue a run that was interrupted or cancelled, from its checkpoint")
    .option("--stop-search", "of genseg: leave the architecture as it is, and train on")
    .action((path: string, id: string, { stopSearch = false }: { stopSearch?: boolean }) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client } = context;
        await tellOutcome(
          context,
          await context.followRun(() =>
            read(client.runs[":id"][stopSearch ? "stop-search" : "resume"].$post({ param: { id } })),
          ),
        );
      }),
    );

  program
    .command("label <project>")
    .description("let a model propose masks, or grades and numbers of whole images, for review")
    .option("--model <model>", 'model number or "latest"', modelText, "latest")
    .addOption(splitOption("cases to propose for").default("unlabelled"))
    .option(
      "--views <n>",
      "turned and mirrored views whose mean is proposed: 1, 4 or 8 (default: 8, of volumes 4)",
      viewCount,
    )
    .option(
      "--samples <n>",
      "of grades and numbers: how often each image is asked, at most 200",
      wholeNumber(1, 200),
      10,
    )
    .action((path: string, options: { model: string; split: Split; views?: 1 | 4 | 8; samples: number }) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        const { split, views, samples } = options;
        const json = { modelId: await context.modelId(options.model, "masks", "grades", "numbers"), split, views };
        if (await isGrader(context, json.modelId)) {
          const graded = await context.followRun(() =>
            read(client["label-proposals"].$post({ json: { modelId: json.modelId, split, samples } })),
          );
          const waiting = await read(client["label-proposals"]["read-outs"].$get({ query: { state: "pending" } }));
          const param = { id: String(json.modelId) };
          const conditions = await read(client["label-proposals"].conditions[":id"].$get({ param }));
          const labels = await read(client.labels.$get());
          const outcome = { run: withoutMetrics(graded), modelId: json.modelId, labelProposals: waiting, conditions };
          terminal.outcome(outcome, [
            ...waitingLines(waiting),
            "`aliquot grades` lists them, with all that the samples tell.",
            ...conditionLines(conditions, labels),
          ]);
          return;
        }
        const done = await context.followRun(() => read(client.proposals.$post({ json })));
        const pending = await read(client.proposals.$get({ query: { state: "pending" } }));
        const { items, condition, progress } = await read(client.review.$get());
        const review = { condition, progress, items };
        const outcome = { run: withoutMetrics(done), modelId: json.modelId, proposals: pending, review };
        terminal.outcome(outcome, [
          `${counted(pending.length, "proposal")} ${pending.length === 1 ? "waits" : "wait"} for review.`,
          ...reviewLines(review),
        ]);
      }),
    );

  program
    .command("review <project>")
    .description(
      "accept unseen all proposals whose estimated Dice, or of grades the probability, is above a limit, where evidence allows it: docs/review.md",
    )
    .requiredOption("--accept-above <quality>", "estimated Dice or probability, 0 to 1", share)
    .addOption(
      new Option("--of <what>", "which proposals (default: masks, where any waits, else grades)").choices([
        "masks",
        "grades",
      ]),
    )
    .option("--model <model>", 'of grades: those of this model, number or "latest" (default: of all)', modelText)
    .option("--without-evidence", "also where nothing shows that they are good; recorded with every mask")
    .action((path: string, { acceptAbove, withoutEvidence = false, of, model }: ReviewOptions) =>
      run(async (context) => {
        await context.openToChange(path);
        const { client, terminal } = context;
        const json = { quality: acceptAbove, withoutEvidence };
        const grades = () => read(client["label-proposals"].$get({ query: { state: "pending" } }));
        const masks =
          of ?? ((await read(client.proposals.$get({ query: { state: "pending" } }))).length > 0 ? "masks" : null);
        if (of === "grades" || (masks === null && (await grades()).length > 0)) {
          const modelId = model === undefined ? undefined : await context.modelId(model, "grades");
          const { accepted, flagged } = await read(
            client["label-proposals"]["accept-above"].$post({ json: { ...json, modelId } }),
          );
          const waiting = await grades();
          terminal.outcome({ accepted, flagged, pending: waiting.length }, [
            `Accepted ${counted(accepted, "grade")} unseen${withoutEvidence ? ", without evidence that they are right" : ""}.`,
            ...waitingLines(waiting),
          ]);
          return;
        }
        const { accepted, audited } = await read(client.proposals["accept-above"].$post({ json }));
        const pending = (await read(client.proposals.$get({ query: { state: "pending" } }))).length;
        terminal.outcome({ accepted, audited, pending }, [
          `Accepted ${counted(accepted, "proposal")} unseen${withoutEvidence ? ", without evidence that they are good" : ""}.`,
          `${pending} wait for review, ${audited} of them to audit the others.`,
        ]);
      }),
    );

  program
    .command("suggest <project>")
    .description("name images worth annotating next: poor proposals that differ from each other and from what is known")
    .option("--count <n>", "how many", wholeNumber(1), 5)
    .action((path: string, { count }: { count: number }) =>
      run(async (context) => {
        await context.open(path);
        const { client, terminal } = context;
        const suggestions = await read(client.review.suggestions.$get({ query: { count: String(count) } }));
        const frames = await read(client.frames.$get());
        const named = suggestions.map((suggestion) => {
          const { name, caseName } = frames.find(({ frameId }) => frameId === suggestion.frameId)!;
          return { ...suggestion, name, caseName };
        });
        terminal.outcome(
          named,
          named.length === 0
            ? ["Nothing to suggest: no proposal with a review record waits. Run `aliquot label` first."]
            : named.map(({ name, caseName, score }) => `${name} (${caseName}), score ${figure(score)}`),
        );
      }),
    );
}

interface TrainOptions {
  method: string;
  preset?: string;
  set: Record<string, string>;
  device: (typeof devices)[number];
  seed: number;
  steps?: number;
  fromModel?: string;
  pairing?: number;
  label: string[];
  includeAccepted?: boolean;
  profile?: boolean;
  bundle?: string;
  until?: string;
}

/** What there is to know before reviewing, in sentences. */
function reviewLines({ condition, progress }: Pick<ReviewQueue, "condition" | "progress">): string[] {
  const { residualError } = progress;
  const percent = (share: number): string => (100 * share).toFixed(1);
  return [
    condition.isMet
      ? `Proposals may be accepted unseen from an estimated Dice of ${thresholdText(condition.threshold)} on (aliquot review --accept-above).`
      : "None may be accepted unseen yet: too little is known of how good they are (docs/review.md).",
    ...(residualError === null
      ? []
      : [
          `Estimated residual error without review: ${percent(residualError.error)} % ± ${percent(residualError.halfWidth)}.`,
        ]),
  ];
}

interface ReviewOptions {
  acceptAbove: number;
  of?: "masks" | "grades";
  model?: string;
  withoutEvidence?: boolean;
}

export const figure = (value: number | null, digits = 3): string => (value === null ? "–" : value.toFixed(digits));

/** A run of few steps may end before there was anything to time: then the list is empty. */
function profilesOf({ client }: CommandContext, { runId }: RunDetail): Promise<readonly ProgramProfile[]> {
  return read(client.runs[":id"].profile.$get({ param: { id: String(runId) } }));
}

async function profileLines(profiles: readonly ProgramProfile[]): Promise<string[]> {
  if (profiles.length === 0)
    return ["", "No profile: the run ended before its steps could be timed. Give it more steps."];
  const { profileTables } = await import("../engine/index.ts");
  return profiles.flatMap((profile) => ["", ...profileTables(profile)]);
}

async function tellOutcome(
  { client, terminal }: CommandContext,
  run: RunDetail,
  profiles?: readonly ProgramProfile[],
): Promise<void> {
  const models = await read(client.models.$get());
  const model: ModelRow | null = models.find(({ modelId }) => modelId === run.modelId) ?? null;
  const stopped = run.metrics.find(({ name }) => name === "searchStopped");
  terminal.outcome({ run, model, ...(profiles === undefined ? {} : { profiles }) }, [
    ...run.remarks.map(sentenceOf),
    `Run ${run.runId} is done: ${run.step} steps (${durationText(run.secondsSpent)}).`,
    ...(stopped === undefined ? [] : [`The search of the architecture was stopped at step ${stopped.step}.`]),
    ...(run.kind === "synthesise" ? ["Its pairs wait for review in the app."] : []),
    ...(model === null || run.kind !== "train"
      ? []
      : [
          `Model ${model.modelId} "${model.name}": ${figureName(model.judgedBy)} ${figure(model.score)} at step ${model.step}.`,
        ]),
    ...(profiles === undefined ? [] : await profileLines(profiles)),
  ]);
}

function withoutMetrics({ metrics: _metrics, ...row }: RunDetail): RunRow {
  return row;
}

async function isGrader({ client }: CommandContext, modelId: number): Promise<boolean> {
  const model = (await read(client.models.$get())).find((each) => each.modelId === modelId);
  return model?.makes.some((one) => one === "grades" || one === "numbers") === true;
}

/** Names of labels to their numbers. */
export async function labelIds({ client }: CommandContext, names: readonly string[]): Promise<number[]> {
  const known = await read(client.labels.$get());
  return names.map((name) => {
    const found = known.find((label) => label.name.toLowerCase() === name.trim().toLowerCase());
    if (found !== undefined) return found.labelId;
    throw new Problem({
      code: "not-found",
      title: `There is no label ${name}.`,
      detail: `Labels: ${known.map((label) => label.name).join(", ") || "none"}.`,
      hint: "Name one of them, or import labels with `aliquot import --labels`.",
    });
  });
}

/** One more of a repeated option. */
export const listed = (text: string, before: string[]): string[] => [...before, text];

function missingRun(runId: number): never {
  throw new Problem({
    code: "not-found",
    title: `There is no run ${runId}.`,
    hint: "`aliquot runs PROJECT` lists those that there are.",
  });
}

function runNumbers(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.length > 1 && numbers.every((each) => Number.isInteger(each) && each > 0)) return numbers;
  throw new InvalidArgumentError("Expected numbers of runs, e.g. 3,5.");
}

function viewCount(text: string): 1 | 4 | 8 {
  const known = ([1, 4, 8] as const).find((count) => String(count) === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError("Expected 1, 4 or 8.");
}

export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
