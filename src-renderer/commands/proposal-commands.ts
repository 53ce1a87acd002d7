/** @file Commands of the model in the loop: propose on the image in front, take the proposal or leave it. */
import { commandsOn } from "./command.ts";

export const proposalCommands = commandsOn(
  "proposal",
  ({ annotate }) => annotate,
  ["annotate"],
  [
    {
      id: "proposal.propose",
      title: (t) => t.annotate.proposal.propose,
      keys: ["Q"],
      run: ({ proposing }) => proposing.propose(),
    },
    {
      id: "proposal.accept",
      title: (t) => t.annotate.proposal.accept,
      keys: ["Enter", "Shift+A"],
      isAvailable: ({ proposing }) => proposing.canDecide,
      run: ({ proposing }) => proposing.take({ kind: "all" }),
    },
    {
      id: "proposal.acceptClass",
      title: (t) => t.annotate.proposal.acceptChosen,
      keys: ["Shift+Enter"],
      isAvailable: ({ proposing }) => proposing.canDecide,
      run: ({ proposing, easel }) => proposing.take({ kind: "class", value: easel.classValue }),
    },
    {
      id: "proposal.reject",
      title: (t) => t.annotate.proposal.reject,
      keys: ["Delete", "Shift+X"],
      isAvailable: ({ proposing }) => proposing.canDecide,
      run: ({ proposing }) => proposing.reject(),
    },
    {
      id: "proposal.show",
      title: (t) => t.annotate.proposal.show,
      keys: ["Shift+Q"],
      run: ({ easel: { layers } }) => void (layers.looks.proposal.isShown = !layers.looks.proposal.isShown),
    },
  ],
);
