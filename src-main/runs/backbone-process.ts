/** @file Asks a process of its own about a backbone: its files are from elsewhere, and may take the process down. */
import { Problem, type ProblemFields } from "../problem/index.ts";
import type { BackbonePaintingRequest, ChildProcessLike, RunCommand, RunReport } from "./messages.ts";

type Answer<Kind extends RunReport["kind"]> = Extract<RunReport, { kind: Kind }>;

/** Throws `Problem` for a folder of which no use can be made. */
export function lookAtBackbone(
  child: ChildProcessLike,
  request: { folder: string; prompt: string },
  signal: AbortSignal,
): Promise<Answer<"backbone-seen">> {
  const ends = endsOfLooking("backbone");
  return askAboutFiles(child, { kind: "look-at-backbone", ...request }, "backbone-seen", { signal, ends });
}

export interface PaintingWatch {
  /** Aborted: no further picture. */
  signal: AbortSignal;
  /** A PNG file, to be kept. What it throws ends the painting. */
  onPicture(place: number, bytes: Uint8Array): Promise<void>;
  /** Steps done of the picture at `place`; 0: it begins. */
  onStep(step: number, place: number): void;
}

/** Pictures come one by one. Throws `Problem`; those that came before are kept then. */
export async function paintOnBackbone(
  child: ChildProcessLike,
  request: BackbonePaintingRequest,
  { signal, onPicture, onStep }: PaintingWatch,
): Promise<void> {
  const all = request.masks?.length ?? request.count;
  let kept = 0;
  const detail = () => `${kept} of ${all} ${all === 1 ? "picture" : "pictures"} written; what is written stays.`;
  await askAboutFiles(child, { kind: "paint-on-backbone", ...request }, "backbone-painted", {
    signal,
    async onReport(report) {
      if (report.kind === "backbone-step") onStep(report.step, report.place);
      if (report.kind !== "backbone-picture") return;
      await onPicture(report.place, report.bytes);
      kept++;
    },
    ends: {
      died: () => ({
        code: "run-failed",
        title: "The process that painted on the backbone ended unexpectedly.",
        detail: `A damaged file, or too little memory, can do that. ${detail()}`,
        hint: "Close other programs and try again, or paint smaller images.",
      }),
      cancelled: () => ({
        code: "cancelled",
        title: "Painting on the backbone was cancelled.",
        detail: detail(),
        hint: "Start it again into another folder, or over what is written.",
      }),
    },
  });
}

/** What is told of an end without an answer. */
interface Ends {
  died(): ProblemFields;
  cancelled(): ProblemFields;
}

interface Asking {
  signal: AbortSignal;
  ends: Ends;
  /** Hears what comes before the answer, one after the other; what it throws ends the asking. */
  onReport?: (report: RunReport) => Promise<void>;
}

/** One question to a process, which ends with the answer. */
export async function askAboutFiles<Kind extends RunReport["kind"]>(
  child: ChildProcessLike,
  command: RunCommand,
  kind: Kind,
  { signal, ends, onReport }: Asking,
): Promise<Answer<Kind>> {
  try {
    return await new Promise<Answer<Kind>>((resolve, reject) => {
      let heard = Promise.resolve();
      let isOver = false;
      // An end is told when all that came before it is dealt with; what is still on its way is not heard.
      const then = (end: () => void): void => {
        isOver = true;
        void heard.then(end, reject);
      };
      child.onMessage((message) => {
        if (isOver) return;
        const report = message as RunReport;
        if (report.kind === "ready") child.postMessage(command);
        else if (report.kind === kind) then(() => resolve(report as Answer<Kind>));
        else if (report.kind === "problem") then(() => reject(new Problem(report.problem)));
        else if (report.kind === "failure") then(() => reject(new Error(report.stack)));
        else if (onReport !== undefined) {
          heard = heard.then(() => onReport(report));
          heard.catch(reject);
        }
      });
      const cancel = (): void => {
        child.kill();
        then(() => reject(new Problem(ends.cancelled())));
      };
      child.onExit(() => then(() => reject(new Problem(ends.died()))));
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel);
    });
  } finally {
    child.kill();
  }
}

/** Of a question about files that are to be added. */
export const endsOfLooking = (noun: "backbone" | "trunk"): Ends => ({
  died: () => ({
    code: "run-failed",
    title: `The process that opened the ${noun} ended unexpectedly.`,
    detail: "A damaged file, or too little memory, can do that. Nothing was added.",
    hint: "Close other programs and try again, or export it again.",
  }),
  cancelled: () => ({ code: "cancelled", title: `Looking at the ${noun} was cancelled.`, hint: "Ask again." }),
});
