/** @file Asks a process of its own about a backbone: its files are from elsewhere, and may take the process down. */
import { Problem } from "../problem/index.ts";
import type { BackbonePaintingRequest, ChildProcessLike, RunCommand, RunReport } from "./messages.ts";

type Answer<Kind extends RunReport["kind"]> = Extract<RunReport, { kind: Kind }>;

/** Throws `Problem` for a folder of which no use can be made. */
export function lookAtBackbone(
  child: ChildProcessLike,
  request: { folder: string; prompt: string },
  signal: AbortSignal,
): Promise<Answer<"backbone-seen">> {
  return askAboutFiles(child, { kind: "look-at-backbone", ...request }, "backbone-seen", { signal, noun: "backbone" });
}

export function paintOnBackbone(
  child: ChildProcessLike,
  request: BackbonePaintingRequest,
  signal: AbortSignal,
): Promise<Answer<"backbone-painted">> {
  return askAboutFiles(child, { kind: "paint-on-backbone", ...request }, "backbone-painted", {
    signal,
    noun: "backbone",
  });
}

/** One question to a process, which ends with the answer. `noun`: what its files are, for messages. */
export async function askAboutFiles<Kind extends RunReport["kind"]>(
  child: ChildProcessLike,
  command: RunCommand,
  kind: Kind,
  { signal, noun }: { signal: AbortSignal; noun: "backbone" | "trunk" },
): Promise<Answer<Kind>> {
  try {
    return await new Promise<Answer<Kind>>((resolve, reject) => {
      child.onMessage((message) => {
        const report = message as RunReport;
        if (report.kind === "ready") child.postMessage(command);
        else if (report.kind === kind) resolve(report as Answer<Kind>);
        else if (report.kind === "problem") reject(new Problem(report.problem));
        else if (report.kind === "failure") reject(new Error(`${noun}: ${report.stack}`));
      });
      child.onExit(() => reject(died(noun)));
      signal.addEventListener("abort", () => reject(cancelled(noun)));
    });
  } finally {
    child.kill();
  }
}

function died(noun: string): Problem {
  return new Problem({
    code: "run-failed",
    title: `The process that opened the ${noun} ended unexpectedly.`,
    detail: "A damaged file, or too little memory, can do that. Nothing was added.",
    hint: "Close other programs and try again, or export it again.",
  });
}

function cancelled(noun: string): Problem {
  return new Problem({ code: "cancelled", title: `Looking at the ${noun} was cancelled.`, hint: "Ask again." });
}
