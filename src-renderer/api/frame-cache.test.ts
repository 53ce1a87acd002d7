import { expect, it } from "vitest";
import { serializeFrame } from "../../src-main/voxels/index.ts";
import { FrameCache } from "./frame-cache.ts";

/** A frame of 100 bytes whose first sample is its id. */
function pixelsOf(frameId: number): Uint8Array {
  return serializeFrame({
    width: 10,
    height: 10,
    channels: 1,
    sampleType: "uint8",
    data: new Uint8Array(100).fill(frameId, 0, 1),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  });
}

interface Request {
  frameId: number;
  signal: AbortSignal;
  answer: () => Promise<void>;
  fail: () => Promise<void>;
}

/** A cache, and the requests it sent, answered when the test says so. */
function open(limit = 350) {
  const requests: Request[] = [];
  const settled = (act: () => void) => async (): Promise<void> => {
    act();
    await new Promise((done) => setTimeout(done, 0));
  };
  const cache = new FrameCache(
    (frameId, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        const answer = settled(() => resolve(pixelsOf(frameId)));
        requests.push({ frameId, signal, answer, fail: settled(() => reject(new Error("no answer"))) });
      }),
    limit,
  );
  const get = (frameId: number, signal = new AbortController().signal) => cache.frame(frameId, signal);
  const asked = (): number[] => requests.map(({ frameId }) => frameId);
  return { cache, requests, get, asked };
}

it("fetches a frame once, and again only after it was dropped as the longest unseen", async () => {
  const { cache, requests, get, asked } = open();
  for (const frameId of [1, 2, 3]) {
    const frame = get(frameId);
    await requests.at(-1)!.answer();
    expect((await frame).data[0]).toBe(frameId);
  }
  await get(1);
  const fourth = get(4);
  await requests.at(-1)!.answer();
  await fourth;
  expect(cache.bytes).toBe(300);
  await get(1);
  expect(asked()).toEqual([1, 2, 3, 4]);
  void get(2);
  expect(asked()).toEqual([1, 2, 3, 4, 2]);
});

it("fetches ahead two at a time, in order; what then is opened waits for the same request", async () => {
  const { cache, requests, get, asked } = open();
  cache.fetchAhead([5, 6, 7]);
  expect(asked()).toEqual([5, 6]);
  const opened = get(6);
  await requests[1]!.answer();
  expect((await opened).data[0]).toBe(6);
  expect(asked()).toEqual([5, 6, 7]);
});

it("goes on after a failure ahead without asking again; a person who opens it is told", async () => {
  const { cache, requests, get, asked } = open();
  cache.fetchAhead([5, 6, 7]);
  await requests[0]!.fail();
  expect(asked()).toEqual([5, 6, 7]);
  const opened = get(5);
  const told = expect(opened).rejects.toThrow("no answer");
  await requests.at(-1)!.fail();
  await told;
});

it("ends the fetch of a frame that is no longer wanted, but not one wanted ahead", async () => {
  const { cache, requests, get } = open();
  const leaving = new AbortController();
  const left = expect(get(1, leaving.signal)).rejects.toThrow("aborted");
  leaving.abort();
  await left;
  expect(requests[0]!.signal.aborted).toBe(true);
  cache.fetchAhead([2]);
  const passing = new AbortController();
  void get(2, passing.signal);
  passing.abort();
  expect(requests[1]!.signal.aborted).toBe(false);
  await requests[1]!.answer();
  expect(cache.bytes).toBe(100);
});

it("asks anew after it was cleared, and keeps no answer from before", async () => {
  const { cache, requests, get, asked } = open();
  const first = get(1);
  await requests[0]!.answer();
  await first;
  cache.fetchAhead([2]);
  cache.clear();
  expect(cache.bytes).toBe(0);
  await requests[1]!.answer();
  expect(cache.bytes).toBe(0);
  void get(1);
  expect(asked()).toEqual([1, 2, 1]);
});

it("keeps one frame that is larger than the limit, and asks for each ahead once", async () => {
  const { cache, requests, asked } = open(50);
  cache.fetchAhead([1, 2]);
  await requests[0]!.answer();
  await requests[1]!.answer();
  expect(cache.bytes).toBe(100);
  expect(asked()).toEqual([1, 2]);
});
