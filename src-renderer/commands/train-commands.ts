/** @file Commands of the training screen: start a training, steer the run in front. */
import { searchedCells, searchEnd } from "../views/train/cells.ts";
import { isActive, isResumable } from "../views/train/run-state.ts";
import { commandsOn } from "./command.ts";

export const trainCommands = commandsOn(
  "train",
  ({ train }) => train,
  ["train"],
  [
    {
      id: "train.start",
      title: (t) => t.train.start,
      keys: ["Mod+Enter"],
      whileTyping: true,
      isAvailable: (train) => train.canStart,
      run: (train) => train.start(),
    },
    {
      id: "train.pause",
      title: (t) => t.train.pauseRun,
      isAvailable: ({ watched, canChange }) => canChange && watched !== null && isActive(watched),
      run: (train) => train.pause(train.watched!.runId),
    },
    {
      id: "train.finish",
      title: (t) => t.train.advice.finish,
      isAvailable: ({ watched, canChange }) =>
        canChange && watched?.kind === "train" && watched.state !== "done" && watched.step > 0,
      run: (train) => train.finish(train.watched!.runId),
    },
    {
      id: "train.stopSearch",
      title: (t) => t.train.cells.stop,
      isAvailable: ({ watched, canChange, points }) =>
        canChange && watched?.state === "running" && searchEnd(points) === null && searchedCells(points).length > 0,
      run: (train) => train.stopSearch(train.watched!.runId),
    },
    {
      id: "train.cancel",
      title: (t) => t.train.cancelRun,
      isAvailable: ({ watched, canChange }) => canChange && watched !== null && isActive(watched),
      run: (train) => train.cancel(train.watched!.runId),
    },
    {
      id: "train.resume",
      title: (t) => t.train.resumeRun,
      isAvailable: ({ watched, canChange }) => canChange && watched !== null && isResumable(watched),
      run: (train) => train.resume(train.watched!.runId),
    },
    {
      id: "train.export",
      title: (t) => t.train.exportRunInFront,
      isAvailable: ({ watched, canChange }) => canChange && watched?.kind === "train" && isResumable(watched),
      run: (train) => train.exchange.open({ kind: "bundle", runId: train.watched!.runId }),
    },
    {
      id: "train.importResult",
      title: (t) => t.train.importResult,
      isAvailable: ({ canChange }) => canChange,
      run: (train) => train.exchange.open({ kind: "result" }),
    },
    {
      id: "train.now",
      title: (t) => t.train.showNow,
      isAvailable: ({ part }) => part !== "now",
      run: (train) => void (train.part = "now"),
    },
    {
      id: "train.history",
      title: (t) => t.train.showHistory,
      keys: ["H"],
      isAvailable: ({ part }) => part !== "history",
      run: (train) => void (train.part = "history"),
    },
    {
      id: "train.logScale",
      title: (t) => t.train.logScale,
      keys: ["L"],
      run: (train) => void (train.isLogScale = !train.isLogScale),
    },
  ],
);
