import { expect, test } from "vitest";
import { ProposalCache, type Showing, type ShownProposal } from "./proposal-cache.ts";

const shown: ShownProposal = {
  mask: new Uint8Array(),
  confidence: new Uint8Array(),
  annotation: null,
  record: null,
  difference: null,
  marks: [],
};
const showing = (proposalId: number, annotatedAt: string | null = null): Showing => ({
  proposalId,
  frameId: proposalId + 100,
  annotatedAt,
});

/** A cache, and the ids that it fetched. */
function cacheWithLog(isRefused: (proposalId: number) => boolean = () => false) {
  const fetched: number[] = [];
  const cache = new ProposalCache(({ proposalId }) => {
    fetched.push(proposalId);
    return isRefused(proposalId) ? Promise.reject(new Error("refused")) : Promise.resolve({ ...shown });
  });
  return { cache, fetched };
}

test("what was fetched ahead is not fetched again", async () => {
  const { cache, fetched } = cacheWithLog();
  await cache.fetchAhead([showing(1), showing(2)]);
  await cache.get(showing(2));
  expect(fetched).toEqual([1, 2]);
});

test("an annotation that changed below a proposal is fetched anew", async () => {
  const { cache, fetched } = cacheWithLog();
  await cache.get(showing(1));
  await cache.get(showing(1, "2026-01-01"));
  expect(fetched).toEqual([1, 1]);
});

test("what failed ahead fails nobody, and is tried again when the person gets there", async () => {
  let isRefused = true;
  const { cache, fetched } = cacheWithLog(() => isRefused);
  await cache.fetchAhead([showing(1)]);
  isRefused = false;
  await cache.get(showing(1));
  expect(fetched).toEqual([1, 1]);
});

test("the longest unused goes, and later wishes take the place of earlier ones", async () => {
  const { cache, fetched } = cacheWithLog();
  const many = Array.from({ length: 14 }, (_, index) => showing(index));
  void cache.fetchAhead(many);
  await cache.fetchAhead([showing(50)]);
  expect(fetched).toEqual([0, 50]);
  for (const each of many) await cache.get(each);
  await cache.get(showing(50));
  expect(fetched.filter((id) => id === 50)).toHaveLength(2);
});
