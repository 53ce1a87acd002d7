/** @file The command that removes writing from pixels: what to cover, in which frames, and what a person has looked at. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Redaction, RedactionReport } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { read } from "./client.ts";
import type { RunCommand } from "./command-line.ts";
import { wholeNumber } from "./project-commands.ts";

type Rectangle = Redaction["rectangles"][number];

interface RedactOptions {
  frame: number;
  rect?: Rectangle[];
  suggested?: boolean;
  allFrames?: boolean;
  series?: boolean;
  fill: NonNullable<Redaction["fill"]>;
  reviewed?: boolean;
}

export function addRedactCommand(program: Command, run: RunCommand): void {
  program
    .command("redact <project>")
    .description(
      "set rectangles of an image's pixels for good, e.g. over burned-in names; without any, tell what is known",
    )
    .requiredOption("--frame <id>", "frame, by its number in the project", wholeNumber(1))
    .option("--rect <x,y,w,h...>", "rectangles in pixels from the top left", rectangle)
    .option("--suggested", "what the search for writing found in the frame")
    .addOption(new Option("--all-frames", "in all frames of the image").conflicts("series"))
    .option("--series", "in all frames of the series (of the case, if not DICOM) of the same size")
    .option("--fill <fill>", "black, local (as around the rectangle) or a sample as stored", fill, "black")
    .option("--reviewed", "you have looked at all these frames: no other writing is in them")
    .addOption(
      new Option("--no-writing", "redact nothing: you have looked at these frames, and there is none").conflicts([
        "rect",
        "suggested",
      ]),
    )
    .action((path: string, { writing, ...options }: RedactOptions & { writing: boolean }) =>
      run(async (context) => {
        const { client, terminal } = context;
        const param = { id: String(options.frame) };
        const scope = options.series ? "series" : options.allFrames ? "image" : "frame";
        const isAsking = writing && options.rect === undefined && options.suggested !== true;
        if (isAsking) await context.open(path);
        else await context.openToChange(path);
        if (!writing) {
          const json = { reviewed: true, scope } as const;
          const row = await read(client.frames[":id"]["burned-in"].$put({ param, json }));
          terminal.outcome(row, [`Noted: ${row.name} was looked at, and there is no writing.`]);
          return 0;
        }
        const known = await read(client.frames[":id"]["burned-in"].$get({ param }));
        if (isAsking) {
          const places = known.regions.map(({ x, y, width, height }) => `  --rect ${x},${y},${width},${height}`);
          const why = known.reasons.length > 0 ? `: ${known.reasons.join("; ")}` : "";
          terminal.outcome(known, [`Frame ${known.frameId}: ${known.state}${why}.`, ...places]);
          return 0;
        }
        const rectangles = [...(options.rect ?? []), ...(options.suggested ? known.regions : [])];
        if (rectangles.length === 0) throw nothingSuggested(options.frame);
        const json = { rectangles, fill: options.fill, scope, reviewed: options.reviewed ?? false } as const;
        const report = await context.followRedaction(() =>
          read(client.frames[":id"].redactions.$post({ param, json })),
        );
        for (const { problem } of report.refused) {
          terminal.say(["Refused:", problem.title, problem.detail, problem.hint].filter(Boolean).join(" "));
        }
        terminal.outcome(report, outcomeLines(report));
        return report.cancelled || report.refused.length > 0 ? 1 : 0;
      }),
    );
}

function outcomeLines({ frame, redacted, cancelled }: RedactionReport): string[] {
  const what = redacted === 1 ? frame.name : `${redacted} frames`;
  const lines = [
    `${cancelled ? "Cancelled: redacted" : "Redacted"} ${what}; the pixels are gone from the project and its snapshots.`,
  ];
  if (frame.burnedIn !== "likely") return lines;
  return [...lines, "Writing is still likely: look at the frames, then say so with --no-writing."];
}

function nothingSuggested(frameId: number): Problem {
  return new Problem({
    code: "bad-request",
    title: `Frame ${frameId}: nothing looks like writing, so there is nothing to redact.`,
    hint: "Name rectangles with --rect x,y,w,h.",
  });
}

/** Parses "x,y,w,h"; called for each, with those before. */
function rectangle(text: string, before: Rectangle[] = []): Rectangle[] {
  const match = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected x,y,w,h in whole pixels.");
  const [x, y, width, height] = match.slice(1).map(Number) as [number, number, number, number];
  return [...before, { x, y, width, height }];
}

function fill(text: string): NonNullable<Redaction["fill"]> {
  if (text === "black" || text === "local") return text;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected "black", "local" or a number.');
}
