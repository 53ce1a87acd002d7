/** @file Commands of the data screen: what is done to the chosen images. */
import type { DataState } from "../views/data/Data.svelte.ts";
import { commandsOn } from "./command.ts";

const hasChosen = ({ bulk }: DataState): boolean => bulk.isAvailable;
const hasPending = ({ bulk }: DataState): boolean => bulk.isAvailable && bulk.pending > 0;

export const dataCommands = commandsOn(
  "data",
  ({ data }) => data,
  ["data"],
  [
    { id: "data.undo", title: (t) => t.data.bulk.undo, keys: ["Mod+Z"], repeats: true, run: ({ bulk }) => bulk.undo() },
    {
      id: "data.redo",
      title: (t) => t.data.bulk.redo,
      keys: ["Mod+Y", "Mod+Shift+Z"],
      repeats: true,
      run: ({ bulk }) => bulk.redo(),
    },
    {
      id: "data.accept",
      title: (t) => t.data.bulk.acceptChosen,
      isAvailable: hasPending,
      run: ({ bulk }) => bulk.decide("accept"),
    },
    {
      id: "data.reject",
      title: (t) => t.data.bulk.rejectChosen,
      isAvailable: hasPending,
      run: ({ bulk }) => bulk.decide("reject"),
    },
    {
      id: "data.label",
      title: (t) => t.data.bulk.labelChosen,
      isAvailable: (data) => hasChosen(data) && data.definitions.length > 0,
      run: ({ bulk }) => void (bulk.dialog = "label"),
    },
    {
      id: "data.runModel",
      title: (t) => t.data.bulk.runModelOnChosen,
      isAvailable: (data, { workspace }) => hasChosen(data) && workspace.models.length > 0,
      run: ({ bulk }) => void (bulk.dialog = "model"),
    },
    {
      id: "data.export",
      title: (t) => t.data.bulk.exportChosen,
      isAvailable: ({ selected }) => selected.length > 0,
      run: ({ bulk }) => bulk.export(),
    },
    {
      id: "data.remove",
      title: (t) => t.data.bulk.removeChosen,
      keys: ["Delete"],
      isAvailable: hasChosen,
      run: ({ bulk }) => bulk.askRemoval(),
    },
  ],
);
