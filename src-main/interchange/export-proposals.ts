/** @file The table of what models said of whole images: a row per proposal and class, of a number one row. */
import type { LabelReadOut } from "../api/contract.ts";
import { csv } from "./csv.ts";
import type { ExportSet } from "./export-set.ts";

const HEAD = [
  ...["image", "case", "label", "model", "run", "state", "decided", "unseen", "flags", "samples"],
  ...["said", "probability", "uncertainty", "low", "high"],
  ...["expected", "median", "likely_first", "likely_last", "margin", "votes_entropy"],
  ...["test_first", "test_second", "t", "p", "apart"],
  ...["class", "class_probability", "class_votes", "class_mean", "class_low", "class_high", "class_deviation"],
  "class_or_higher",
];

/** Of the images of the set; null where no model said anything of them. */
export function proposalTable({ project, frames }: ExportSet): string | null {
  const exported = new Set(frames.map(({ row }) => row.frameId));
  const readOuts = project.labelReadOuts.list().filter(({ frameId }) => exported.has(frameId));
  if (readOuts.length === 0) return null;
  const names = new Map(project.models.list().map(({ modelId, name }) => [modelId, `${name} (${modelId})`]));
  return csv([HEAD, ...readOuts.flatMap((one) => rowsOf(one, names.get(one.modelId) ?? String(one.modelId)))]);
}

type Cells = (string | number | null)[];

function rowsOf(one: LabelReadOut, model: string): Cells[] {
  const { answer, options, decided, samples } = one;
  const { spread = null, atLeast = null, median = null, likely, interval, margin = null } = answer;
  const name = (place: number | null | undefined): string | null =>
    place === null || place === undefined ? null : (options[place] ?? null);
  const said: Cells = [
    ...[one.fileName, one.caseName, one.label, model, one.runId, one.state, decided?.value ?? null],
    ...[decided === null ? null : decided.isUnseen ? 1 : 0, one.flags.join(" "), samples],
    ...[one.value, one.probability, one.uncertainty, interval?.[0] ?? null, interval?.[1] ?? null],
    ...[answer.expected, name(median), name(likely?.[0]), name(likely?.[1]), margin, spread?.entropy ?? null],
    ...[name(spread?.test.first), name(spread?.test.second), spread?.test.t ?? null, spread?.test.p ?? null],
    spread === null ? null : spread.test.isApart ? 1 : 0,
  ];
  if (options.length === 0) return [[...said, ...CLASS_COLUMNS.map(() => null)]];
  return options.map((option, at) => [
    ...said,
    ...[option, answer.probabilities[at] ?? null, Math.round((answer.votes[at] ?? 0) * samples)],
    ...[spread?.means[at] ?? null, spread?.low[at] ?? null, spread?.high[at] ?? null, spread?.deviations[at] ?? null],
    atLeast?.[at] ?? null,
  ]);
}

const CLASS_COLUMNS = HEAD.filter((name) => name.startsWith("class"));
