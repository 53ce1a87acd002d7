import { expect, test } from "vitest";
import { siameseDiffusion } from "../methods/siamese-diffusion/index.ts";
import { fitTraining, nextMoment, stepsWithin } from "./deadline.ts";
import type { Pace } from "./pace.ts";

const evening = new Date(2026, 10, 21, 22, 0);
const pace = (prior: number, steps: number, rest: Partial<Pace> = {}): Pace => ({
  stages: [
    { setting: "priorSteps", secondsPerStep: prior },
    { setting: "steps", secondsPerStep: steps },
  ],
  startup: 60,
  validation: 10,
  ...rest,
});

test("an hour that is past is meant for tomorrow, and nonsense is refused", () => {
  expect(nextMoment("07:00", evening)).toEqual(new Date(2026, 10, 22, 7, 0));
  expect(nextMoment("23:30", evening)).toEqual(new Date(2026, 10, 21, 23, 30));
  expect(nextMoment("22:00", evening)).toEqual(new Date(2026, 10, 22, 22, 0));
  for (const wrong of ["", "7", "24:00", "12:60", "tonight", "07:00:00"])
    expect(() => nextMoment(wrong, evening)).toThrow(/is no hour of the day/);
});

test("stages keep their proportion, and all of it takes at most 85 % of the time", () => {
  const settings = { priorSteps: 1000, steps: 3000, validateEvery: 250 };
  const seconds = 9 * 3600;
  const { steps, total, expectedSeconds } = stepsWithin(pace(0.4, 1.2), settings, seconds);
  expect(steps["steps"]! / steps["priorSteps"]!).toBeCloseTo(3, 0);
  expect(total).toBe(steps["steps"]! + steps["priorSteps"]!);
  const took = 60 + 10 + steps["priorSteps"]! * 0.4 + steps["steps"]! * 1.2 + (10 * total) / 250;
  expect(took).toBeLessThan(0.85 * seconds);
  expect(took).toBeGreaterThan(0.75 * seconds);
  expect(expectedSeconds).toBeGreaterThan(0.95 * took);
  expect(expectedSeconds).toBeLessThan(0.87 * seconds);
  expect(stepsWithin(pace(0.4, 1.2), settings, 60).total).toBe(0);
});

const asked = {
  method: siameseDiffusion,
  settings: siameseDiffusion.parse({ size: 64, denoiser: "S", priorSteps: 10_000, steps: 10_000 }),
  mayShrink: true,
  now: () => evening,
};

test("a night is filled with the size asked for; in an hour it is made smaller, and in minutes there is a sentence", async () => {
  const measured: unknown[] = [];
  const measure = (settings: Readonly<Record<string, unknown>>): Promise<Pace> => {
    measured.push(settings["denoiser"]);
    return Promise.resolve(settings["denoiser"] === "S" ? pace(1, 3) : pace(0.1, 0.3));
  };
  const night = await fitTraining({ ...asked, until: "07:00", measure });
  expect(night.settings).toEqual({ priorSteps: night.stages[0]!.steps, steps: night.stages[1]!.steps });
  expect(night.steps).toBeGreaterThan(10_000);
  expect(Date.parse(night.expectedEnd)).toBeLessThan(Date.parse(night.until));
  expect(measured).toEqual(["S"]);

  const hour = await fitTraining({ ...asked, until: "23:00", measure });
  expect(hour.settings).toMatchObject({ size: 32, denoiser: "XS", emaDecay: 0.99 });
  expect(measured.slice(1)).toEqual(["S", "XS"]);

  const tooShort = /The time until 22:02 is too short for a training with siamese-diffusion/;
  await expect(fitTraining({ ...asked, until: "22:02", measure })).rejects.toThrow(tooShort);
  const smallest = {
    ...asked,
    until: "22:02",
    measure,
    settings: siameseDiffusion.parse({ size: 32, denoiser: "XS" }),
  };
  await expect(fitTraining(smallest)).rejects.toThrow(/or a quicker method: with smaller images/);
  const kept = fitTraining({ ...asked, until: "23:00", mayShrink: false, measure });
  await expect(kept).rejects.toThrow(/too short.*a smaller image size or network, or a quicker method/s);
});
