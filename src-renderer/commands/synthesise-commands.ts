/** @file Commands of the synthesis studio: ask for pairs, and one key per decision on them. */
import type { Texts } from "../texts/index.ts";
import { amounts } from "../views/synthesise/quota.ts";
import type { SynthesiseState } from "../views/synthesise/Synthesise.svelte.ts";
import { isActive, isResumable } from "../views/train/run-state.ts";
import { commandsOn } from "./command.ts";

export const synthesiseCommands = commandsOn(
  "synthesise",
  ({ synthesise }) => synthesise,
  ["synthesise"],
  [
    {
      id: "synthesise.start",
      title: (t) => t.synthesise.start,
      keys: ["Mod+Enter", "N"],
      whileTyping: true,
      isAvailable: ({ canStart }) => canStart,
      run: (studio) => studio.start(),
    },
    {
      id: "synthesise.accept",
      title: (t) => t.synthesise.accept,
      keys: ["A", "Enter"],
      isAvailable: ({ canDecide }) => canDecide,
      run: (studio) => studio.decide("accepted"),
    },
    {
      id: "synthesise.reject",
      title: (t) => t.synthesise.reject,
      keys: ["X", "Delete"],
      isAvailable: ({ canDecide }) => canDecide,
      run: (studio) => studio.decide("rejected"),
    },
    {
      id: "synthesise.reopen",
      title: (t) => t.synthesise.reopen,
      keys: ["R"],
      isAvailable: ({ canReopen }) => canReopen,
      run: (studio) => studio.decide("undecided"),
    },
    {
      id: "synthesise.next",
      title: (t) => t.synthesise.next,
      keys: ["ArrowRight", "ArrowDown", "S"],
      repeats: true,
      run: (studio) => studio.step(1),
    },
    {
      id: "synthesise.back",
      title: (t) => t.synthesise.back,
      keys: ["ArrowLeft", "ArrowUp"],
      repeats: true,
      run: (studio) => studio.step(-1),
    },
    {
      id: "synthesise.undo",
      title: (t) => t.synthesise.undo,
      keys: ["Mod+Z", "U"],
      isAvailable: ({ canUndo }) => canUndo,
      run: (studio) => studio.undo(),
    },
    {
      id: "synthesise.outlines",
      title: (t) => t.synthesise.outlines,
      keys: ["L"],
      run: (studio) => void (studio.isOutlined = !studio.isOutlined),
    },
    {
      id: "synthesise.filter",
      title: (t) => t.synthesise.nextFilter,
      keys: ["F"],
      run: (studio) => studio.nextFilter(),
    },
    {
      id: "synthesise.sort",
      title: (t) => t.synthesise.nextSort,
      keys: ["T"],
      run: (studio) => studio.nextSort(),
    },
    {
      id: "synthesise.turnSort",
      title: (t) => t.synthesise.turnSort,
      keys: ["V"],
      run: (studio) => studio.sortBy(studio.order.by),
    },
    {
      id: "synthesise.open",
      title: (t) => t.synthesise.openPair,
      keys: ["O"],
      isAvailable: ({ current }) => current !== null && current.frameId !== null,
      run: (studio) => studio.openFrame(studio.current!.frameId!),
    },
    {
      id: "synthesise.moreLike",
      title: (t) => t.synthesise.more.command,
      keys: ["M"],
      isAvailable: ({ canAskMore }) => canAskMore,
      run: (studio) => void (studio.dialog = "more"),
    },
    {
      id: "synthesise.acceptAligned",
      title: (t) => t.synthesise.aligned.title,
      keys: ["W", "Shift+A"],
      isAvailable: ({ canDecideMany }) => canDecideMany,
      run: (studio) => void (studio.dialog = "aligned"),
    },
    {
      id: "synthesise.explain",
      title: (t) => t.synthesise.quality.explain,
      keys: ["?"],
      run: (studio) => void (studio.dialog = "quality"),
    },
    {
      id: "synthesise.pause",
      title: (t) => t.synthesise.pause,
      keys: ["P"],
      isAvailable: ({ canChange, run }) => canChange && run !== null && isActive(run),
      run: (studio) => studio.steer("pause"),
    },
    {
      id: "synthesise.cancel",
      title: (t) => t.synthesise.cancel,
      keys: ["C"],
      isAvailable: ({ canChange, run }) => canChange && run !== null && isActive(run),
      run: (studio) => studio.steer("cancel"),
    },
    {
      id: "synthesise.resume",
      title: (t) => t.synthesise.resume,
      keys: ["K"],
      isAvailable: ({ canChange, run }) => canChange && run !== null && isResumable(run),
      run: (studio) => studio.steer("resume"),
    },
    {
      id: "synthesise.newerRun",
      title: (t) => t.synthesise.newerRun,
      keys: ["["],
      isAvailable: ({ runs }) => runs.length > 1,
      run: (studio) => studio.stepRun(-1),
    },
    {
      id: "synthesise.olderRun",
      title: (t) => t.synthesise.olderRun,
      keys: ["]"],
      isAvailable: ({ runs }) => runs.length > 1,
      run: (studio) => studio.stepRun(1),
    },
    {
      id: "synthesise.generator",
      title: (t) => t.synthesise.nextGenerator,
      keys: ["G"],
      isAvailable: ({ generators }) => generators.length > 1,
      run: ({ form }) => form.chooseNext(),
    },
    ...amounts.map((amount) => ({
      id: `synthesise.amount.${amount}` as const,
      title: (t: Texts) => t.synthesise.amountCommand(t.synthesise.amounts[amount]),
      keys: [amount === "other" ? "0" : amount],
      isAvailable: ({ generators }: SynthesiseState) => generators.length > 0,
      run: ({ form }: SynthesiseState) => void (form.amount = amount),
    })),
  ],
);
