/**
 * @file A training that is to end by an hour of the clock: its steps, and where they would be too few its size, are chosen by the time that a few of
 * them took. The schedule of its learning rate needs to know them beforehand, so nothing is cut off later: room is left instead.
 */
import type { FittedTraining } from "../api/contract.ts";
import { type Method, type SettingValue } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { Pace } from "./pace.ts";

/** Of the time that there is: the rest is for a machine that is slower by night (a scan for viruses, a throttled processor). */
const USED = 0.85;

type Settings = Readonly<Record<string, SettingValue>>;

/** The next moment at which the clock of this computer shows `hour` ("07:00"). Throws `Problem` where it is no hour. */
export function nextMoment(hour: string, now: Date): Date {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(hour) ?? [];
  if (hours === undefined) {
    throw new Problem({
      code: "bad-request",
      title: `"${hour}" is no hour of the day.`,
      detail: "Expected hours and minutes, 00:00 to 23:59.",
      hint: "Write it as 07:00 or 23:30.",
    });
  }
  const moment = new Date(now);
  moment.setHours(Number(hours), Number(minutes), 0, 0);
  if (moment <= now) moment.setDate(moment.getDate() + 1);
  return moment;
}

/** The steps of each stage that fill `seconds`, in the proportion that they have in `settings`; `total` 0: not one. */
export function stepsWithin(
  { stages, startup, validation }: Pace,
  settings: Settings,
  seconds: number,
): { total: number; steps: Record<string, number>; expectedSeconds: number } {
  const asked = stages.map(({ setting }) => Number(settings[setting]));
  const sum = asked.reduce((total, one) => total + one, 0);
  const every = Number(settings["validateEvery"] ?? Infinity);
  const perStep = stages.reduce((mean, { secondsPerStep }, place) => mean + (secondsPerStep * asked[place]!) / sum, 0);
  const looked = perStep + validation / every;
  // The last step is looked at in any case.
  const total = Math.max(0, Math.floor((USED * seconds - startup - validation) / looked));
  const steps = Object.fromEntries(
    stages.map(({ setting }, place) => [setting, Math.min(1_000_000, rounded((total * asked[place]!) / sum))]),
  );
  const chosen = Object.values(steps).reduce((all, one) => all + one, 0);
  return { total: chosen, steps, expectedSeconds: startup + validation + chosen * looked };
}

/** Down to two figures, which read better and promise less. */
function rounded(steps: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, steps))) - 1);
  return Math.max(steps < 1 ? 0 : 1, Math.floor(steps / unit) * unit);
}

export interface Asked {
  method: Method;
  /** Complete. */
  settings: Settings;
  until: string;
  /** Whether size and network may change: not where the training goes on from a model. */
  mayShrink: boolean;
  now(): Date;
  measure(settings: Settings): Promise<Pace>;
}

/** Throws `Problem` "bad-request" where the time is too short for any training that is worth it. */
export async function fitTraining({
  method,
  settings: asked,
  until,
  mayShrink,
  now,
  measure,
}: Asked): Promise<FittedTraining> {
  const end = nextMoment(until, now());
  let settings = asked;
  for (;;) {
    const pace = await measure(settings);
    const start = now();
    const seconds = (end.getTime() - start.getTime()) / 1000;
    const { total, steps, expectedSeconds } = stepsWithin(pace, settings, seconds);
    const fewest = method.pacing.fewest(settings);
    if (total >= fewest) {
      return {
        settings: { ...settingsThatDiffer(settings, asked), ...steps },
        stages: pace.stages.map((stage) => ({ ...stage, steps: steps[stage.setting]! })),
        steps: total,
        until: end.toISOString(),
        expectedEnd: new Date(start.getTime() + 1000 * expectedSeconds).toISOString(),
      };
    }
    const smaller = mayShrink ? (method.pacing.smaller?.(settings) ?? null) : null;
    // What may be made smaller was, down to the smallest, before this is said.
    const canShrink = mayShrink && method.pacing.smaller !== undefined;
    if (smaller === null) throw tooShort({ method, until, seconds, total, fewest, canShrink });
    settings = method.parse({ ...settings, ...smaller });
  }
}

const settingsThatDiffer = (settings: Settings, asked: Settings): Record<string, SettingValue> =>
  Object.fromEntries(Object.entries(settings).filter(([key, value]) => value !== asked[key]));

function tooShort({
  method,
  until,
  seconds,
  total,
  fewest,
  canShrink,
}: Pick<Asked, "method" | "until"> & { seconds: number; total: number; fewest: number; canShrink: boolean }): Problem {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  return new Problem({
    code: "bad-request",
    title: `The time until ${until} is too short for a training with ${method.id}.`,
    detail: `There are ${minutes} min left, enough for ${total} steps on this computer; with fewer than ${fewest} it is not worth beginning.`,
    hint: canShrink
      ? "Choose a later hour, or a quicker method: with smaller images or a smaller network it would be too short as well."
      : "Choose a later hour, a smaller image size or network, or a quicker method.",
  });
}
