/**
 * @file What commands act on: the workspace, the screen in front, and what the window shows over it. Constructed once by
 * App; views reach it by context.
 */
import { createContext } from "svelte";
import { chordsOf, chordText, type CommandId, commands, type KeyChanges, type Place } from "./commands/index.ts";
import { desktopShell } from "./api/shell.ts";
import type { Easel } from "./canvas/easel.svelte.ts";
import type { Theme } from "./ui/theme.svelte.ts";
import type { Preferences } from "./preferences.svelte.ts";
import { type Language, languageOf, speak, type Texts, texts } from "./texts/index.ts";
import type { AnnotateState } from "./views/annotate/Annotate.svelte.ts";
import type { DataState } from "./views/data/Data.svelte.ts";
import type { GradesState } from "./views/grades/Grades.svelte.ts";
import type { Dropped } from "./views/import/dropped-files.ts";
import type { Tour } from "./views/tour/Tour.svelte.ts";
import type { TrainState } from "./views/train/Train.svelte.ts";
import type { ReviewState } from "./views/review/Review.svelte.ts";
import type { SynthesiseState } from "./views/synthesise/Synthesise.svelte.ts";
import type { TranslateState } from "./views/translate/Translate.svelte.ts";
import type { Workspace } from "./workspace.svelte.ts";

/** A screen that has commands of its own. */
export type Screen =
  | { annotate: AnnotateState }
  | { review: ReviewState }
  | { grades: GradesState }
  | { data: DataState }
  | { train: TrainState }
  | { synthesise: SynthesiseState }
  | { translate: TranslateState };

const isMac = /^Mac/.test(navigator.platform);

export class Desk {
  readonly workspace: Workspace;
  readonly theme: Theme;
  readonly preferences: Preferences;
  readonly tour: Tour;
  /** The dialog of the window that is open. */
  dialog = $state<"import" | "palette" | "settings" | "copy" | "leave" | null>(null);
  /** Files to import, with the import dialog. */
  dropped = $state.raw<Dropped[]>([]);

  #screen = $state.raw<Screen | null>(null);
  /** What is to be closed once the question is answered. */
  #leaving: "project" | "window" = "project";
  #mayLeave = false;

  constructor(parts: { workspace: Workspace; theme: Theme; preferences: Preferences; tour: Tour }) {
    this.workspace = parts.workspace;
    this.theme = parts.theme;
    this.preferences = parts.preferences;
    this.tour = parts.tour;
  }

  /** Keys that the person chose. */
  get keyChanges(): KeyChanges {
    return this.preferences.chosen.keys;
  }
  set keyChanges(changes: KeyChanges) {
    const keys = Object.fromEntries(Object.entries(changes).map(([id, chords]) => [id, [...chords]]));
    this.preferences.change({ keys });
  }

  toggleTheme(): void {
    this.preferences.change({ theme: this.theme.name === "dark" ? "light" : "dark" });
  }

  get language(): Language {
    return languageOf(this.preferences.chosen.language, navigator.languages);
  }
  /** For what stays while the language changes; all else is drawn again and reads `texts`. */
  get texts(): Texts {
    void this.language;
    return texts;
  }

  chooseLanguage(choice: Language | "system"): void {
    // First: the change of the preference draws the window again.
    speak(languageOf(choice, navigator.languages));
    this.preferences.change({ language: choice });
  }

  get annotate(): AnnotateState | null {
    return this.#screen !== null && "annotate" in this.#screen ? this.#screen.annotate : null;
  }
  get review(): ReviewState | null {
    return this.#screen !== null && "review" in this.#screen ? this.#screen.review : null;
  }
  get grades(): GradesState | null {
    return this.#screen !== null && "grades" in this.#screen ? this.#screen.grades : null;
  }
  get data(): DataState | null {
    return this.#screen !== null && "data" in this.#screen ? this.#screen.data : null;
  }
  get train(): TrainState | null {
    return this.#screen !== null && "train" in this.#screen ? this.#screen.train : null;
  }
  get synthesise(): SynthesiseState | null {
    return this.#screen !== null && "synthesise" in this.#screen ? this.#screen.synthesise : null;
  }
  get translate(): TranslateState | null {
    return this.#screen !== null && "translate" in this.#screen ? this.#screen.translate : null;
  }
  /** The picture in front. */
  get easel(): Easel | null {
    return this.annotate?.easel ?? this.review?.easel ?? this.grades?.easel ?? null;
  }

  get place(): Place {
    if (this.workspace.project === null) return "start";
    if (this.annotate !== null) {
      if (this.annotate.easel.toolName === "redact") return "redact";
      return this.annotate.grading.isOn ? "grade" : "annotate";
    }
    if (this.review !== null) return this.review.isEditing ? "edit" : "decide";
    if (this.grades !== null) return "judge";
    if (this.data !== null) return "data";
    if (this.synthesise !== null) return "synthesise";
    if (this.translate !== null) return "translate";
    return this.train === null ? "elsewhere" : "train";
  }

  get canImport(): boolean {
    return this.workspace.project !== null && !this.workspace.isReadOnly;
  }

  /** A screen comes to the front; the returned function takes it away. */
  enter(screen: Screen): () => void {
    this.#screen = screen;
    return () => {
      if (this.#screen === screen) this.#screen = null;
    };
  }

  /** Only that dialog: its end may be told when another has been opened already. */
  closeDialog(name: NonNullable<Desk["dialog"]>): void {
    if (this.dialog === name) this.dialog = null;
  }

  /** Closes the project, or asks first while changes of it are not stored. */
  async leave(what: "project" | "window" = this.#leaving): Promise<void> {
    this.#leaving = what;
    if (this.workspace.queue.pending > 0) this.dialog = "leave";
    else await this.leaveAnyway();
  }

  /** Loses what is not stored. */
  async leaveAnyway(): Promise<void> {
    this.closeDialog("leave");
    if (this.#leaving === "project") {
      await this.workspace.attempt(() => this.workspace.leaveProject());
      return;
    }
    this.#mayLeave = true;
    window.close();
  }

  /** When the window is about to close: the browser asks by itself, the desktop window does not. */
  keepWindow(event: BeforeUnloadEvent): void {
    if (this.#mayLeave || this.workspace.queue.pending === 0) return;
    event.preventDefault();
    if (desktopShell() !== null) void this.leave("window");
  }

  openImport(files: Dropped[] = []): void {
    this.dropped = files;
    this.dialog = "import";
  }

  /** A chord as this system writes it. */
  written = (chord: string): string => chordText(chord, isMac);

  /** The keys of a command as written on the screen, the main one first. */
  keysOf(id: CommandId): string[] {
    const command = commands.find((each) => each.id === id)!;
    return chordsOf(command, this.keyChanges).map(this.written);
  }

  /** Its main key; undefined when it has none. */
  keyOf(id: CommandId): string | undefined {
    return this.keysOf(id)[0];
  }
}

export const [getDesk, setDesk] = createContext<Desk>();
