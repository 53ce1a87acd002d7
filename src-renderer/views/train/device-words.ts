/** @file On what a run computes, as people read it. */
import type { RunRow } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";

export function computesOn({ device, threads }: Pick<RunRow, "device" | "threads">): string {
  const name = texts.train.deviceNames(device);
  return device === "cpu" && threads !== null ? texts.train.deviceWithThreads(name, threads) : name;
}
