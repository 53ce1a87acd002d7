/** @file All commands, in the order in which they are listed. */
import {
  historyCommands,
  compareCommands,
  heatCommands,
  keptWindowCommands,
  redactionCommands,
  sliceCommands,
  stackCommands,
} from "./annotate-commands.ts";
import { projectCommands, windowCommands } from "./app-commands.ts";
import type { Command } from "./command.ts";
import { chooseClassCommands, hideClassCommands, lockClassCommands } from "./class-commands.ts";
import { brushCommands, refineCommands, toolCommands, viewCommands } from "./easel-commands.ts";
import { dataCommands } from "./data-commands.ts";
import { gradeCommands } from "./grade-commands.ts";
import { labelCommands } from "./label-commands.ts";
import { proposalCommands } from "./proposal-commands.ts";
import { decisionCommands, editCommands, keptCommands, regionCommands } from "./review-commands.ts";
import { synthesiseCommands } from "./synthesise-commands.ts";
import { trainCommands } from "./train-commands.ts";
import { translateCommands } from "./translate-commands.ts";

const all = [
  ...windowCommands,
  ...projectCommands,
  ...toolCommands,
  ...brushCommands,
  ...viewCommands,
  ...historyCommands,
  ...heatCommands,
  ...keptWindowCommands,
  ...compareCommands,
  ...stackCommands,
  ...sliceCommands,
  ...chooseClassCommands,
  ...hideClassCommands,
  ...lockClassCommands,
  ...proposalCommands,
  ...refineCommands,
  ...redactionCommands,
  ...labelCommands,
  ...dataCommands,
  ...trainCommands,
  ...synthesiseCommands,
  ...translateCommands,
  ...decisionCommands,
  ...keptCommands,
  ...regionCommands,
  ...editCommands,
  ...gradeCommands,
];

export type CommandId = (typeof all)[number]["id"];
export const commands: readonly Command<CommandId>[] = all;
