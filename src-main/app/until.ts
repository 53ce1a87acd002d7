/** @file `--until`: a training sized to end by an hour, and what is said of that. */
import type { FittedTraining, SettingValue } from "../api/contract.ts";
import { read } from "./client.ts";
import type { CommandContext } from "./command-context.ts";

type RunRequest = Parameters<CommandContext["client"]["run-plans"]["deadline"]["$post"]>[0]["json"];

/** Between two words about it: on a loaded computer minutes pass. */
const TELL_MS = 60_000;

/** Times a few steps; the settings that follow from them. Ctrl+C ends the command. */
export async function fittedUntil(
  { client, terminal, interrupt }: CommandContext,
  request: Omit<RunRequest, "until">,
  until: string,
): Promise<Record<string, SettingValue>> {
  terminal.say(`Timing a few steps, to end by ${until}…`);
  const began = performance.now();
  const ticking = setInterval(() => {
    const minutes = Math.round((performance.now() - began) / 60_000);
    terminal.say(
      `Still timing, after ${minutes} min: every stage is worked for a few steps, and again where it has to be smaller.`,
    );
  }, TELL_MS);
  const cancel = (): void => void client["run-plans"].deadline.cancel.$post({});
  interrupt.addEventListener("abort", cancel);
  const fitted = await read(client["run-plans"].deadline.$post({ json: { ...request, until } })).finally(() => {
    clearInterval(ticking);
    interrupt.removeEventListener("abort", cancel);
  });
  terminal.say(fittedText(fitted, until));
  return fitted.settings;
}

/** `6200 steps (priorSteps 3100 of 0.4 s, steps 3100 of 1.3 s); expected end 06:12, …`. */
export function fittedText({ stages, steps, settings, expectedEnd }: FittedTraining, until: string): string {
  const parts = stages.map(({ setting, steps, secondsPerStep }) => {
    return `${setting} ${steps} of ${Number(secondsPerStep.toPrecision(2))} s`;
  });
  const counted = new Set(stages.map(({ setting }) => setting));
  const others = Object.entries(settings).flatMap(([key, value]) => (counted.has(key) ? [] : [`${key}=${value}`]));
  const end = new Date(expectedEnd).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return [
    `${steps} steps (${parts.join(", ")}); expected end ${end}, so that ${until} is kept where the computer is a little slower then.`,
    ...(others.length === 0
      ? []
      : [`Too few steps of the size asked for would fit; it is made smaller: ${others.join(", ")}.`]),
    "Where it is much slower it ends later; paused then, it goes on another time.",
  ].join("\n");
}
