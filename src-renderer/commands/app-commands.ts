/** @file Commands of the whole window: they work in every place. */
import type { Desk } from "../desk.svelte.ts";
import { languages, type Texts } from "../texts/index.ts";
import { viewNames, type Workspace } from "../workspace.svelte.ts";
import { commandsOn, everywhere } from "./command.ts";

const inProject = everywhere.filter((place) => place !== "start");

export const windowCommands = commandsOn("app", (desk) => desk, everywhere, [
  {
    id: "app.palette",
    title: (t) => t.palette.title,
    keys: ["Mod+K"],
    whileTyping: true,
    run: (desk) => void (desk.dialog = "palette"),
  },
  {
    id: "app.settings",
    title: (t) => t.settings.title,
    keys: ["Mod+,"],
    whileTyping: true,
    run: (desk) => void (desk.dialog = "settings"),
  },
  {
    id: "tour.start",
    title: (t) => t.tour.start,
    keys: ["F1"],
    whileTyping: true,
    isAvailable: ({ workspace }) => workspace.project !== null,
    run: ({ tour }) => tour.start(),
  },
  {
    id: "tour.leave",
    title: (t) => t.tour.leave,
    isAvailable: ({ tour }) => tour.step !== null,
    run: ({ tour }) => tour.leave(),
  },
  {
    id: "app.toggleTheme",
    title: (t) => t.commands.toggleTheme,
    run: (desk) => desk.toggleTheme(),
  },
  ...languages.map((language) => ({
    id: `app.language.${language}` as const,
    title: (t: Texts) => t.settings.languages[language],
    isAvailable: (desk: Desk) => desk.language !== language,
    run: (desk: Desk) => desk.chooseLanguage(language),
  })),
]);

export const projectCommands = commandsOn(
  "app",
  ({ workspace }) => (workspace.project === null ? null : workspace),
  inProject,
  [
    ...viewNames.map((name, index) => ({
      id: `go.${name}` as const,
      title: (t: Texts) => t.commands.goTo(t.views[name]),
      keys: [`Mod+${index + 1}`],
      run: (workspace: Workspace) => void (workspace.view = name),
    })),
    {
      id: "project.import",
      title: (t) => t.frames.importButton,
      keys: ["Mod+I"],
      isAvailable: (_, desk) => desk.canImport,
      run: (_, desk) => desk.openImport(),
    },
    {
      id: "project.close",
      title: (t) => t.app.closeProject,
      run: (_, desk) => desk.leave("project"),
    },
    {
      id: "project.copy",
      title: (t) => t.saving.copyElsewhere,
      run: (_, desk) => void (desk.dialog = "copy"),
    },
  ],
);
