/**
 * @file A session: one window's worth of state. It owns the open project, the run queue, the decoding processes and the
 * import jobs; doors create one and close it.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { createDecodePool, type DecodePool, type DecodeProcess } from "../imaging/index.ts";
import type { InferenceProcess } from "../inference/host.ts";
import { Problem } from "../problem/index.ts";
import { createProject, openProject, type Project } from "../project/index.ts";
import type { ChildProcessLike } from "../runs/queue.ts";
import type { ProjectSummary, SessionState } from "./contract.ts";
import { demoImages } from "./demo-project.ts";
import { Listeners } from "./listeners.ts";
import { OpenProject } from "./open-project.ts";
import { PreferencesFile } from "./preferences.ts";
import { RecentProjects } from "./recent.ts";

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
  /** Device of runs that ask for "auto". */
  device: string;
}

/** At most one project is open at a time. */
export class Session {
  readonly listeners = new Listeners();
  readonly preferences: PreferencesFile;
  readonly #parts: SessionParts;
  readonly #recent: RecentProjects;
  readonly #pool: DecodePool;
  readonly #closing = new AbortController();
  #open: OpenProject | null = null;
  /** Opening, closing and importing the demo take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#recent = new RecentProjects(join(parts.configFolder, "recent.json"));
    this.preferences = new PreferencesFile(join(parts.configFolder, "preferences.json"));
    this.#pool = createDecodePool({ spawn: parts.spawnDecode });
  }

  /** Aborted when the session ends, so that event streams end with it. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  get version(): string {
    return this.#parts.version;
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
      project: this.#open?.project.summary() ?? null,
      recent: this.#recent.list(),
      home: this.#parts.home,
      demoAvailable: existsSync(join(this.#parts.demoFolder, "demo.json")),
    };
  }

  /** The folder in which new projects are offered. */
  homeFolder(): string {
    mkdirSync(this.#parts.home, { recursive: true });
    return this.#parts.home;
  }

  /** Creates a project and opens it in place of the present one. `.aliquot` is added to a name without it. */
  create(path: string, classes: string[]): Promise<ProjectSummary> {
    const file = withExtension(path);
    if (dirname(file) === this.#parts.home) this.homeFolder();
    return this.#replace(() => createProject(file, { classes }));
  }

  /** Opens a project in place of the present one, which stays open if this one cannot be opened. */
  openFile(path: string): Promise<ProjectSummary> {
    if (this.#open?.project.path === path && this.#open.project.readOnly === null) {
      return Promise.resolve(this.#open.project.summary());
    }
    return this.#replace(() => openProject(path));
  }

  /** Creates a project (default: a new file in the home folder) with the bundled images and masks. */
  async createDemo(path?: string): Promise<ProjectSummary> {
    const folder = this.#parts.demoFolder;
    const file = path === undefined ? freeName(join(this.homeFolder(), "Demo.aliquot")) : withExtension(path);
    const demo = await demoImages.read(folder);
    await this.#replace(() => createProject(file, { classes: demo.classes }));
    const { open } = this;
    await demoImages.run(open, folder, demo);
    return open.project.summary();
  }

  /** Closes the open project, if any. Running jobs end: a training run is interrupted and can be resumed. */
  async closeProject(): Promise<void> {
    await this.#inTurn(() => this.#closeNow());
  }

  /** Ends the session: event streams, project and processes. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.closeProject();
    await this.#pool.close();
  }

  #replace(start: () => Project): Promise<ProjectSummary> {
    return this.#inTurn(async () => {
      const project = start();
      await this.#closeNow();
      const { spawnRun, spawnInference, workFolder, device } = this.#parts;
      this.#open = new OpenProject({
        project,
        pool: this.#pool,
        listeners: this.listeners,
        spawnRun,
        spawnInference,
        workFolder,
        device,
      });
      this.#recent.remember({ name: project.name, path: project.path });
      this.#tellAllChanged();
      return project.summary();
    });
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
