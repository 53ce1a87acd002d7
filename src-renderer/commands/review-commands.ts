/** @file Commands of the review screen: one key per decision; while a proposal is edited the keys belong to the brush. */
import { commandsOn } from "./command.ts";

export const decisionCommands = commandsOn(
  "review",
  ({ review }) => review,
  ["decide"],
  [
    { id: "review.accept", title: (t) => t.review.accept, keys: ["A"], run: (review) => review.accept() },
    { id: "review.reject", title: (t) => t.review.reject, keys: ["X"], run: (review) => review.reject() },
    { id: "review.edit", title: (t) => t.review.edit, keys: ["E"], run: (review) => review.edit() },
    { id: "review.undo", title: (t) => t.review.undo, keys: ["U"], run: (review) => review.undoDecision() },
    {
      id: "review.confidence",
      title: (t) => t.review.confidence,
      keys: ["C"],
      run: ({ easel }) => void (easel.layers.isHeatShown = !easel.layers.isHeatShown),
    },
    { id: "review.back", title: (t) => t.review.back, keys: ["ArrowLeft"], run: (review) => review.skip(-1) },
    { id: "review.skip", title: (t) => t.review.skip, keys: ["ArrowRight"], run: (review) => review.skip(1) },
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
      run: (review) => review.discardEdit(),
    },
    {
      id: "review.undoStroke",
      title: (t) => t.annotate.undo,
      keys: ["Mod+Z"],
      repeats: true,
      run: (review) => review.undoStroke(),
    },
  ],
);
