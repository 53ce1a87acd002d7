/**
 * @file A session: one window's worth of state. It owns the open project, the run queue, the decoding processes and the
 * import jobs; doors create one and close it.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { createDecodePool, type DecodePool, type DecodeProcess } from "../imaging/index.ts";
import type { InferenceProcess } from "../inference/host.ts";
import { Problem, type ProblemFields, unlessAborted } from "../problem/index.ts";
import { type CheckProcess, checkProject, createProject, openProject, type Project } from "../project/index.ts";
import type { ChildProcessLike } from "../runs/queue.ts";
import type { ProjectSummary, SessionState } from "./contract.ts";
import { writeDemo } from "./demo-project.ts";
import { Listeners } from "./listeners.ts";
import { Backbones } from "./backbones.ts";
import { OpenProject } from "./open-project.ts";
import { Openings } from "./openings.ts";
import { PreferencesFile } from "./preferences.ts";
import { RecentProjects } from "./recent.ts";
import { RunTimes } from "./run-times.ts";

/** What a door gives to a session: where things are, and how to start its processes. */
export interface SessionParts {
  version: string;
  /** Folder of preferences and of the list of recent projects. */
  configFolder: string;
  /** Folder in which new projects are offered; made when needed. */
  home: string;
  /** `resources/demo`. */
  demoFolder: string;
  /** Folder for what runs need while they run. */
  workFolder: string;
  /** Starts src-main/app/run-process. */
  spawnRun: () => ChildProcessLike;
  /** Starts src-main/app/inference-process. */
  spawnInference: () => InferenceProcess;
  /** Starts src-main/app/decode-process. */
  spawnDecode: () => DecodeProcess;
  /** Starts src-main/app/check-process. */
  spawnCheck: () => CheckProcess;
  /** Device of runs that ask for "auto". */
  device: string;
  /** Troubles met on the way here, for the window to tell. */
  problems?: ProblemFields[];
}

/** At most one project is open at a time. */
export class Session {
  readonly listeners = new Listeners();
  readonly preferences: PreferencesFile;
  readonly runTimes: RunTimes;
  readonly backbones: Backbones;
  readonly #parts: SessionParts;
  readonly #recent: RecentProjects;
  readonly #pool: DecodePool;
  readonly #openings = new Openings(this.listeners);
  readonly #closing = new AbortController();
  readonly #instance = randomUUID();
  #copying: AbortController | null = null;
  #open: OpenProject | null = null;
  /** Opening, closing and importing the demo take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#recent = new RecentProjects(join(parts.configFolder, "recent.json"));
    this.preferences = new PreferencesFile(join(parts.configFolder, "preferences.json"));
    this.runTimes = new RunTimes(join(parts.configFolder, "run-times.json"));
    this.backbones = new Backbones({
      file: join(parts.configFolder, "backbones.json"),
      spawn: parts.spawnRun,
      listeners: this.listeners,
    });
    this.listeners.on((event) => {
      if (event.type === "run") this.runTimes.note(event.data);
    });
    this.#pool = createDecodePool({ spawn: parts.spawnDecode });
  }

  /** Aborted when the session ends, so that event streams end with it. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get version(): string {
    return this.#parts.version;
  }

  /** A process for a question about files from elsewhere. */
  spawnRun(): ReturnType<SessionParts["spawnRun"]> {
    return this.#parts.spawnRun();
  }

  /** A window is there: somebody will soon want to see images. */
  warmUp(): void {
    this.#pool.warmUp();
  }

  /** The open project; throws `Problem` when there is none. */
  get open(): OpenProject {
    if (this.#open !== null) return this.#open;
    throw new Problem({ code: "not-found", title: "No project is open.", hint: "Open or create a project first." });
  }

  state(): SessionState {
    return {
      version: this.#parts.version,
      instance: this.#instance,
      project: this.#open?.project.summary() ?? null,
      recent: this.#recent.list(),
      home: this.#parts.home,
      demoAvailable: existsSync(join(this.#parts.demoFolder, "demo.json")),
      problems: this.#parts.problems ?? [],
    };
  }

  /** The folder in which new projects are offered. */
  homeFolder(): string {
    const { home } = this.#parts;
    try {
      mkdirSync(home, { recursive: true });
    } catch (cause) {
      throw new Problem(
        {
          code: "file-unreadable",
          title: `${basename(home)}: the folder for new projects cannot be made.`,
          detail: `The system says ${(cause as NodeJS.ErrnoException).code}.`,
          hint: "Choose another folder, one that you may write to.",
        },
        { cause },
      );
    }
    return home;
  }

  /** Throws `Problem` "project-closed" unless this project, or a copy of it, is open. */
  requireProject(projectId: string): void {
    if (this.#open?.project.projectId === projectId) return;
    throw new Problem({
      code: "project-closed",
      title: "The project of this window is not open any more.",
      detail: this.#open === null ? "It was closed in the app." : "Another project was opened in another window.",
      hint: "Open it again. What was painted meanwhile is kept in this window.",
    });
  }

  /** Creates a project and opens it in place of the present one. `.aliquot` is added to a name without it. */
  create(path: string, classes: string[]): Promise<ProjectSummary> {
    const file = withExtension(path);
    if (dirname(file) === this.#parts.home) this.homeFolder();
    return this.#replace(async () => {
      await this.#whenReached(file);
      return createProject(file, { classes });
    });
  }

  /**
   * Opens a project in place of the present one, which stays open if this one cannot be opened. The one that is open is opened again
   * only if it cannot be written as it is, e.g. after its drive was away. Progress is told as events.
   */
  openFile(path: string): Promise<ProjectSummary> {
    const present = this.#open?.project;
    if (present?.path !== path || present.readOnly !== null) return this.#replace(() => this.#openProject(path));
    try {
      present.probe();
      return Promise.resolve(present.summary());
    } catch (error) {
      // The drive came back and what was open on it is stale: it is let go only for a file that holds as much.
      return this.#inTurn(() => this.#openAgain(present, error));
    }
  }

  /**
   * Writes the open project to a new file and goes on with that one, also when its own place is gone. A run is interrupted first; the
   * edits of the window wait and go into the copy. Progress is told as events. Rejects with `Problem`, then the project stays open.
   */
  saveCopy(path: string): Promise<ProjectSummary> {
    const file = withExtension(path);
    return this.#inTurn(async () => {
      const { open } = this;
      const { project } = open;
      const started = performance.now();
      const cancel = new AbortController();
      this.#copying = cancel;
      const onProgress = (done: number, total: number): void => {
        const secondsLeft = done === 0 ? null : ((performance.now() - started) / 1000 / done) * (total - done);
        this.listeners.tell({ type: "copy", data: { done, total, secondsLeft } });
      };
      onProgress(0, 0);
      await open.end();
      let copy: Project;
      try {
        const { release } = await project.copyTo(file, { signal: cancel.signal, onProgress });
        try {
          copy = await this.#openProject(file);
        } catch (error) {
          release();
          throw error;
        }
      } catch (error) {
        this.#adopt(project);
        if (!cancel.signal.aborted) throw error;
        throw new Problem({
          code: "cancelled",
          title: `${basename(file)}: saving the copy was cancelled.`,
          detail: "Nothing was written.",
          hint: "The project is open as before.",
        });
      } finally {
        this.#copying = null;
      }
      this.#adopt(copy);
      project.close();
      return copy.summary();
    });
  }

  /** Ends what goes before a project is open: its check, the making of the demo, the wait for a drive. */
  cancelOpening(): void {
    this.#openings.cancel();
  }

  /** A copy that has ended in the meantime needs no cancelling. */
  cancelCopy(): void {
    this.#copying?.abort();
  }

  /** Creates a project (default: a new file in the home folder) with the bundled images and masks. Progress is told as events. */
  createDemo(path?: string): Promise<ProjectSummary> {
    const { demoFolder: folder, workFolder } = this.#parts;
    const file = path === undefined ? freeName(join(this.homeFolder(), "Demo.aliquot")) : withExtension(path);
    return this.#replace(async () => {
      await this.#openings.follow({ name: basename(file, ".aliquot"), counts: "images" }, (work) =>
        writeDemo(file, { folder, pool: this.#pool, workFolder, ...work }),
      );
      return this.#openProject(file);
    });
  }

  /** Closes the open project, if any. Running jobs end: a training run is interrupted and can be resumed. */
  async closeProject(): Promise<void> {
    await this.#inTurn(() => this.#closeNow());
  }

  /** How many trainings may work at a time in the open project. */
  allowTrainings(count: number): void {
    this.#open?.queue.allowTrainings(count);
  }

  /** Ends the session: event streams, project and processes. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.cancelOpening();
    await this.closeProject();
    await this.#pool.close();
  }

  #replace(start: () => Promise<Project>): Promise<ProjectSummary> {
    return this.#inTurn(async () => {
      const project = await start();
      await this.#closeNow();
      this.#adopt(project);
      return project.summary();
    });
  }

  #adopt(project: Project): void {
    const { spawnRun, spawnInference, workFolder, device } = this.#parts;
    const { listeners } = this;
    const started = { spawnRun, spawnInference, workFolder, device, backbones: this.backbones.shelf };
    this.#open = new OpenProject({ project, pool: this.#pool, listeners, ...started });
    this.#recent.remember({ name: project.name, path: project.path });
    this.allowTrainings(this.preferences.read().trainingsAtOnce);
    this.#tellAllChanged();
  }

  async #openProject(path: string): Promise<Project> {
    return this.#openChecked(path, await this.#check(path));
  }

  #openChecked(path: string, isChecked: boolean): Project {
    return openProject(path, {
      isChecked,
      onSnapshotProblem: (problem) => this.listeners.tell({ type: "trouble", data: problem.toJSON() }),
    });
  }

  /** Looks through the file, which may take a while; returns whether `openProject` need not do it. */
  #check(path: string): Promise<boolean> {
    const { spawnCheck: spawn } = this.#parts;
    return this.#openings.follow({ name: basename(path, ".aliquot"), counts: "bytes" }, (work) =>
      checkProject(path, { spawn, ...work }),
    );
  }

  /** Waits for the drive of a new file: what follows would wait for it with the whole app. */
  async #whenReached(file: string): Promise<void> {
    await this.#openings.follow({ name: basename(file, ".aliquot"), counts: "bytes" }, async ({ signal }) => {
      // What is wrong with the folder is told when the file is made.
      await unlessAborted(stat(dirname(file)), signal).catch(() => signal.throwIfAborted());
    });
  }

  /** Throws `trouble`, and leaves `present` open, unless the file in its place is that project with all its edits. */
  async #openAgain(present: Project, trouble: unknown): Promise<ProjectSummary> {
    const { path } = present;
    const isChecked = await this.#check(path).catch((error: unknown) => {
      throw error instanceof Problem && error.code === "cancelled" ? error : trouble;
    });
    if (!holdsAll(present, isChecked)) throw trouble;
    await this.#closeNow();
    this.#adopt(this.#openChecked(path, isChecked));
    return this.open.project.summary();
  }

  async #closeNow(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    await open.close();
    this.#tellAllChanged();
  }

  #tellAllChanged(): void {
    const what = ["project", "frames", "runs", "models", "proposals", "evaluations"] as const;
    this.listeners.tell({ type: "changed", data: { what: [...what] } });
  }

  #inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#turn.then(act);
    this.#turn = answer.catch(() => undefined);
    return answer;
  }
}

/** Whether the file in the place of an open project is that project, with every edit that was told as stored. */
function holdsAll({ path, projectId, edits }: Project, isChecked: boolean): boolean {
  try {
    const found = openProject(path, { readOnly: true, isChecked });
    const isWhole = found.projectId === projectId && found.edits >= edits;
    found.close();
    return isWhole;
  } catch {
    return false; // it is not there, or not whole; the trouble of writing to it is told
  }
}

function withExtension(path: string): string {
  return extname(path) === ".aliquot" ? path : `${path}.aliquot`;
}

/** `Demo.aliquot`, `Demo 2.aliquot`, … : the first that does not exist. */
function freeName(path: string): string {
  const stem = path.slice(0, -extname(path).length);
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? path : `${stem} ${count}.aliquot`;
    if (!existsSync(candidate)) return candidate;
  }
}
