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
