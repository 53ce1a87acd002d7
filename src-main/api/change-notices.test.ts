import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChangeNotices } from "./change-notices.ts";
import type { EventMap } from "./contract.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first change is told at once, a thousand that follow once, none is lost at the end", () => {
  const told: EventMap["changed"][] = [];
  const notices = new ChangeNotices((change) => told.push(change));
  notices.note(["frames"]);
  expect(told).toEqual([{ what: ["frames"] }]);
  for (let index = 0; index < 1000; index++) notices.note(["frames", "project"]);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual([{ what: ["frames"] }, { what: ["frames", "project"] }]);
  notices.note(["runs"]);
  notices.note(["models"]);
  notices.end();
  expect(told.slice(2)).toEqual([{ what: ["runs"] }, { what: ["models"] }]);
  vi.advanceTimersByTime(1000);
  expect(told).toHaveLength(4);
});

test("rows alone are told while nothing but rows changed, and no more than are worth it", () => {
  const told: EventMap["changed"][] = [];
  const notices = new ChangeNotices((change) => told.push(change));
  const after = (): EventMap["changed"] | undefined => {
    vi.advanceTimersByTime(1000);
    return told.splice(0).at(-1);
  };
  notices.note(["runs"]);
  after();
  notices.note(["project"]);
  notices.note(["frames"], [4]);
  notices.note(["frames"], [7, 4]);
  expect(after()).toEqual({ what: ["frames"], frameIds: [4, 7] });
  notices.note(["runs"]);
  notices.note(["frames"], [4]);
  notices.note(["frames"]);
  expect(after()).toEqual({ what: ["frames"] });
  notices.note(["runs"]);
  for (let frameId = 1; frameId <= 101; frameId++) notices.note(["frames"], [frameId]);
  expect(after()).toEqual({ what: ["frames"] });
});
