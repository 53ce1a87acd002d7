/** @file The start screen: where a project is made or opened. */
import { desktopShell } from "../../api/shell.ts";
import { texts } from "../../texts/index.ts";
import { parseClassNames, projectPath } from "./project-naming.ts";
import type { Tour } from "../tour/Tour.svelte.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export type FolderQuestion = "folder" | "project";

export class StartState {
  name = $state("");
  /** null: the folder that the app offers. */
  #chosenFolder = $state<string | null>(null);
  classNames = $state("");
  isBusy = $state(false);
  question = $state<FolderQuestion | null>(null);

  readonly #workspace: Workspace;
  readonly #tour: Tour;
  readonly folder = $derived.by(() => this.#chosenFolder ?? this.#workspace.session?.home ?? "");
  readonly classes = $derived(parseClassNames(this.classNames));
  readonly canCreate = $derived(this.name.trim() !== "" && this.folder !== "" && this.classes.length > 0);

  constructor(workspace: Workspace, tour: Tour) {
    this.#workspace = workspace;
    this.#tour = tour;
  }

  create = (): Promise<boolean> =>
    this.#enter(() => this.#workspace.client.createProject(projectPath(this.folder, this.name), this.classes));

  open = (path: string): Promise<boolean> => this.#enter(() => this.#workspace.client.openProject(path));

  openDemo = (): Promise<boolean> => this.#enter(() => this.#workspace.client.openDemo());

  /** Through the demo, from the first step. */
  async tour(): Promise<void> {
    if (await this.openDemo()) this.#tour.start();
  }

  /** The system's dialog where there is one, else the folder browser. */
  async ask(question: FolderQuestion): Promise<void> {
    const shell = desktopShell();
    if (shell === null) {
      this.question = question;
      return;
    }
    const chosen =
      question === "folder"
        ? await shell.chooseFolder(texts.start.folderTitle)
        : await shell.chooseProject(texts.start.projectTitle);
    if (chosen !== null) await this.answer(question, chosen);
  }

  async answer(question: FolderQuestion, path: string): Promise<void> {
    this.question = null;
    if (question === "folder") this.#chosenFolder = path;
    else await this.open(path);
  }

  async #enter(open: Parameters<Workspace["enterProject"]>[0]): Promise<boolean> {
    this.isBusy = true;
    const isOpen = await this.#workspace.enterProject(open);
    this.isBusy = false;
    return isOpen;
  }
}
