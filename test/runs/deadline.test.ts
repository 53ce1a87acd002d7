/** @file A training sized to end by an hour: steps are really timed in a process of their own, and nothing of that is left. */
import { afterEach, expect, test } from "vitest";
import { openWorkshop, reaches, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

/** An hour of the clock, `minutes` from now. */
function clockIn(minutes: number): string {
  const at = new Date(Date.now() + 60_000 * minutes);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

test(
  "the steps that it chooses are those of a run that ends in time; beside another run it refuses",
  { timeout: 60_000 },
  async () => {
    shop = await openWorkshop({ train: 4, val: 1 });
    const { project, queue, processes } = shop;
    const request = { method: "segment", settings: { ...SMALL, steps: 100 } };
    const fitted = await queue.fitTraining(request, clockIn(8 * 60));
    expect(project.runs.list()).toEqual([]);
    expect(fitted.stages).toMatchObject([{ setting: "steps", steps: fitted.steps }]);
    expect(fitted.settings).toEqual({ steps: fitted.steps });
    expect(fitted.steps).toBeGreaterThan(1000);
    expect(fitted.stages[0]!.secondsPerStep * fitted.steps).toBeLessThan(8 * 3600);
    expect(Date.parse(fitted.expectedEnd)).toBeLessThan(Date.parse(fitted.until));
    await processes.at(-1)!.exited;

    const { runId } = queue.submitTraining({ ...request, settings: { ...request.settings, ...fitted.settings } });
    await reaches(queue, runId, 1);
    expect(project.runs.row(runId).steps).toBe(fitted.steps);
    await expect(queue.fitTraining(request, "07:00")).rejects.toMatchObject({ code: "busy" });
    queue.cancel(runId);
    await queue.finished(runId);

    const asked = queue.fitTraining(request, "07:00");
    queue.cancelFitting();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    await expect(queue.fitTraining(request, "25:00")).rejects.toThrow(/no hour of the day/);
  },
);
