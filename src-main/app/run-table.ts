/** @file Runs as lines of text: the list, and some side by side with what differs. */
import type { RunHistoryRow, RunRow } from "../api/contract.ts";
import { figureName } from "./figure-name.ts";
import { durationText } from "./terminal.ts";

/** A run with what it learned from; null for runs that do not train. */
export type ListedRun = RunRow & { data: RunHistoryRow["data"] | null; best: RunHistoryRow["best"] };

const BEST = "best";

export function withHistory(runs: readonly RunRow[], history: readonly RunHistoryRow[]): ListedRun[] {
  const byRun = new Map(history.map((row) => [row.runId, row]));
  return runs.map((run) => ({
    ...run,
    data: byRun.get(run.runId)?.data ?? null,
    best: byRun.get(run.runId)?.best ?? null,
  }));
}

export function runLine(run: ListedRun): string {
  const { runId, kind, method, state, step, steps, secondsSpent, queuePosition, best, problem } = run;
  const place = queuePosition === null ? state : `${state} ${queuePosition}`;
  const notes = [
    ...(run.data === null ? [] : [imagesText(run.data)]),
    ...(best === null ? [] : [`${figureName(run.judgedBy)} ${best.score.toFixed(3)} at ${best.step}`]),
    ...(secondsSpent > 0 ? [durationText(secondsSpent)] : []),
    ...(problem === null ? [] : [problem.title]),
  ];
  return `${runId}  ${kind.padEnd(8)} ${method.padEnd(12)} ${place.padEnd(11)} ${step}/${steps}  ${notes.join(" · ")}`.trimEnd();
}

/** What is the same in all of them is left out. */
export function comparisonLines(runs: readonly ListedRun[]): string[] {
  const rows: [string, string[]][] = [
    ["run", runs.map(({ runId }) => String(runId))],
    ["method", runs.map(({ method }) => method)],
    ["state", runs.map(({ state }) => state)],
    ["images", runs.map(({ data }) => (data === null ? "–" : imagesText(data)))],
    ["same data", runs.map(({ data }) => data?.digest.slice(0, 8) ?? "–")],
    ["from model", runs.map(({ data }) => String(data?.fromModel ?? "–"))],
    ["seed", runs.map(({ seed }) => String(seed))],
    ["device", runs.map(({ device }) => device)],
    ["threads", runs.map(({ threads }) => String(threads ?? "–"))],
    ...settingRows(runs),
    ...bestRows(runs),
    ["at step", runs.map(({ best }) => String(best?.step ?? "–"))],
    ["time", runs.map(({ secondsSpent }) => durationText(secondsSpent))],
    [
      "per step",
      runs.map(({ secondsPerStep }) => (secondsPerStep === null ? "–" : `${(secondsPerStep * 1000).toFixed(0)} ms`)),
    ],
  ];
  const shown = rows.filter(([label, values]) => label === "run" || label.startsWith(BEST) || new Set(values).size > 1);
  const first = Math.max(...shown.map(([label]) => label.length));
  const widths = runs.map((_, column) => Math.max(...shown.map(([, values]) => values[column]!.length)));
  return shown.map(([label, values]) =>
    [label.padEnd(first), ...values.map((value, column) => value.padEnd(widths[column]!))].join("  ").trimEnd(),
  );
}

/** A row for each kind of figure. */
function bestRows(runs: readonly ListedRun[]): [string, string[]][] {
  const figures = [...new Set(runs.map(({ judgedBy }) => figureName(judgedBy)))];
  return figures.map((figure) => [
    `${BEST} ${figure}`,
    runs.map(({ best, judgedBy }) => (figureName(judgedBy) === figure ? (best?.score.toFixed(3) ?? "–") : "–")),
  ]);
}

function settingRows(runs: readonly ListedRun[]): [string, string[]][] {
  const keys = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  return keys.map((key) => [key, runs.map(({ settings }) => String(settings[key] ?? "–"))]);
}

function imagesText({ labelled, validated, unlabelled }: RunHistoryRow["data"]): string {
  return [`${labelled} + ${validated}`, ...(unlabelled > 0 ? [`${unlabelled} unlabelled`] : [])].join(", ");
}
