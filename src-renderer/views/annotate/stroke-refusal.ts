/** @file What becomes of a stroke that the app did not store, and when it is sent again. */
import { RequestRefused } from "../../api/trouble.ts";
import type { Refusal } from "./save-queue.ts";

/** Seconds before a stroke is sent again: soon at first, then every ten. */
const RETRY_SECONDS = [0.5, 1, 2, 5, 10];

/** Refusals that the same change meets again until the person ends the reason, e.g. a class that is no more. All others may pass by themselves. */
const LASTING = new Set(["bad-request", "forbidden", "image-too-large", "mask-mismatch"]);

export function judgeRefusal(error: unknown): Refusal {
  // An answer without a problem is not from the project: a stroke is never dropped on its word.
  if (!(error instanceof RequestRefused) || error.status >= 500 || error.problem === null) return "retry";
  const { code } = error.problem;
  if (code === "conflict") return "conflict";
  if (code === "not-found") return "gone";
  return LASTING.has(code) ? "refused" : "retry";
}

/** `attempt`: from 1. */
export function waitToRetry(attempt: number): Promise<void> {
  const seconds = RETRY_SECONDS[Math.min(attempt, RETRY_SECONDS.length) - 1]!;
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}
