import { expect, test } from "vitest";
import type { EventMap } from "../../src-main/api/contract.ts";
import { Reloads } from "./reloads.ts";

type Change = EventMap["changed"];

/** What is loaded after `changes` that come while the first reload, of `project`, is under way. */
async function loadedAfter(changes: readonly Change[]): Promise<Change[]> {
  const loads: Change[] = [];
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  const reloads = new Reloads(async (change) => {
    loads.push(change);
    if (loads.length === 1) await first.promise;
    else second.resolve(undefined);
  });
  reloads.note({ what: ["project"] });
  for (const change of changes) reloads.note(change);
  expect(loads).toEqual([{ what: ["project"] }]);
  first.resolve(undefined);
  await second.promise;
  return loads.slice(1);
}

test("changes during a reload are reloaded once, together, after it", async () => {
  const changes = Array.from({ length: 1000 }, (): Change => ({ what: ["frames", "project"] }));
  expect(await loadedAfter(changes)).toEqual([{ what: ["frames", "project"] }]);
});

test("rows alone are reloaded while nothing but rows changed", async () => {
  const rows: Change[] = [{ what: ["frames"], frameIds: [3] }, { what: ["runs"] }, { what: ["frames"], frameIds: [5] }];
  expect(await loadedAfter(rows)).toEqual([{ what: ["frames", "runs"], frameIds: [3, 5] }]);
  expect(await loadedAfter([...rows, { what: ["proposals"] }])).toEqual([{ what: ["frames", "runs", "proposals"] }]);
});

test("a change after a slow reload is loaded at once; where changes go on, reloading takes ever less of the time", async () => {
  const starts: number[] = [];
  const took = 20;
  const reloads = new Reloads(async () => {
    starts.push(performance.now());
    await new Promise((resolve) => setTimeout(resolve, took));
    if (starts.length < 5) reloads.note({ what: ["frames"] });
  });
  reloads.note({ what: ["frames"] });
  await expect.poll(() => starts.length, { timeout: 5000 }).toBe(5);
  const pauses = starts.slice(1).map((start, index) => start - starts[index]!);
  expect(pauses[1]).toBeGreaterThan(pauses[0]!);
  expect(pauses[3]).toBeGreaterThan(pauses[2]!);
  expect(pauses[3]).toBeGreaterThan(9 * took);
});
