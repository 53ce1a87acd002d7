/** @file Commands of the review screen: one key per decision; while a proposal is edited the keys belong to the tools. */
import { commandsOn } from "./command.ts";

export const decisionCommands = commandsOn(
  "review",
  ({ review }) => review,
  ["decide"],
  [
    { id: "review.accept", title: (t) => t.review.accept, keys: ["A", "Enter"], run: (review) => review.accept() },
    { id: "review.edit", title: (t) => t.review.edit, keys: ["E"], run: (review) => review.edit() },
    { id: "review.reject", title: (t) => t.review.reject, keys: ["X", "Delete"], run: (review) => review.reject() },
    {
      id: "review.skip",
      title: (t) => t.review.skip,
      keys: ["ArrowRight", "ArrowDown", "S"],
      run: (review) => review.skip(1),
    },
    {
      id: "review.back",
      title: (t) => t.review.back,
      keys: ["ArrowLeft", "ArrowUp"],
      run: (review) => review.skip(-1),
    },
    { id: "review.undo", title: (t) => t.review.undo, keys: ["Mod+Z", "U"], run: (review) => review.undo() },
    {
      id: "review.confidence",
      title: (t) => t.review.confidence,
      keys: ["C"],
      run: ({ heat }) => heat.toggle("uncertainty"),
    },
    {
      id: "review.difference",
      title: (t) => t.review.difference,
      keys: ["T"],
      isAvailable: ({ heat }) => heat.hasDifference,
      run: ({ heat }) => heat.toggle("difference"),
    },
    {
      id: "review.suggestion",
      title: (t) => t.review.suggestions.command,
      keys: ["J"],
      isAvailable: ({ suggestions }) => suggestions.length > 0,
      run: (review) => review.annotate(review.suggestions[0]!.frameId),
    },
    {
      id: "review.acceptAbove",
      title: (t) => t.review.above.title,
      isAvailable: ({ condition, countAbove }) => condition?.isMet === true && countAbove(condition.threshold) > 0,
      run: (review) => (review.condition?.isMet === true ? review.acceptAbove(review.condition.threshold) : undefined),
    },
    {
      id: "review.proposal",
      title: (t) => t.annotate.proposal.show,
      keys: ["P"],
      run: ({ easel: { layers } }) => void (layers.looks.proposal.isShown = !layers.looks.proposal.isShown),
    },
  ],
);

/** Region by region: where the model is in doubt first, then part by part. */
export const regionCommands = commandsOn(
  "review",
  ({ review }) => review?.regions ?? null,
  ["decide"],
  [
    {
      id: "review.region.next",
      title: (t) => t.review.regions.next,
      keys: ["N"],
      repeats: true,
      run: (regions) => regions.go(1),
    },
    {
      id: "review.region.previous",
      title: (t) => t.review.regions.previous,
      keys: ["Shift+N"],
      repeats: true,
      run: (regions) => regions.go(-1),
    },
    {
      id: "review.region.keep",
      title: (t) => t.review.regions.keep,
      keys: ["G"],
      isAvailable: ({ current }) => current !== null,
      run: (regions) => regions.decide("kept"),
    },
    {
      id: "review.region.remove",
      title: (t) => t.review.regions.remove,
      keys: ["D"],
      isAvailable: ({ current }) => current !== null,
      run: (regions) => regions.decide("removed"),
    },
    {
      id: "review.region.leave",
      title: (t) => t.review.regions.leave,
      keys: ["Escape"],
      isAvailable: ({ current }) => current !== null,
      run: (regions) => regions.leave(),
    },
  ],
);

export const keptCommands = commandsOn(
  "review",
  ({ review }) => review,
  ["decide"],
  [
    {
      id: "review.acceptKept",
      title: (t) => t.review.acceptKept,
      keys: ["Shift+A", "Shift+Enter"],
      isAvailable: ({ regions }) => regions.kept > 0,
      run: (review) => review.acceptKept(),
    },
  ],
);

export const editCommands = commandsOn(
  "review",
  ({ review }) => review,
  ["edit"],
  [
    { id: "review.saveEdit", title: (t) => t.review.saveEdit, keys: ["Enter"], run: (review) => review.saveEdit() },
    {
      id: "review.discardEdit",
      title: (t) => t.review.stopEdit,
      keys: ["Escape"],
      run: ({ correction }) => correction.discard(),
    },
    {
      id: "review.undoStroke",
      title: (t) => t.annotate.undo,
      keys: ["Mod+Z"],
      repeats: true,
      run: ({ correction }) => correction.undo(),
    },
  ],
);
