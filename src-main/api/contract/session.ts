/** @file What the window shows before and beside a project: the project's summary, preferences, folders to choose from. */
import type { ProblemFields } from "../../problem/index.ts";
import type { ClassRow } from "./classes.ts";
import type { KeptWindow } from "./windows.ts";
import type { BurnedInState } from "./redactions.ts";
import type { Split } from "./splits.ts";

/** What a person has chosen for the window, on this computer. */
export interface Preferences {
  theme: "system" | "light" | "dark";
  language: "system" | "en" | "zh";
  /** "new": neither taken nor left; a step: the tour is on; see src-renderer/views/tour. */
  tour: "new" | "import" | "annotate" | "split" | "train" | "synthesise" | "propose" | "review" | "export" | "ended";
  /** Whether the system tells the end of a run while the window is not looked at; "ask": not asked yet. */
  notifications: "ask" | "on" | "off";
  /** Chords by command, where the person changed them; see src-renderer/commands. */
  keys: Record<string, string[]>;
  /** Entries of the command palette, latest first. */
  recentCommands: string[];
  /** A model proposes by itself on images that nobody annotated, and on the next ones ahead. */
  proposeAhead: boolean;
  /** Trainings that may work at a time on this computer, as far as its memory reaches. */
  trainingsAtOnce: number;
}

/** What the window shows before and after a project is open. */
export interface SessionState {
  version: string;
  /** Another one after each start of the app. */
  instance: string;
  project: ProjectSummary | null;
  /** Latest first. */
  recent: { name: string; path: string }[];
  /** Folder in which new projects are offered. */
  home: string;
  demoAvailable: boolean;
  /** Troubles of this start, e.g. a settings folder that cannot be written. */
  problems: ProblemFields[];
}

export interface ProjectSummary {
  /** A copy has that of its original. */
  projectId: string;
  name: string;
  path: string;
  /** Why nothing can be changed, e.g. open in another window; null if it can. */
  readOnly: string | null;
  classes: ClassRow[];
  /** By name. */
  windows: KeptWindow[];
  counts: {
    cases: number;
    frames: number;
    annotated: number;
    proposals: number;
    bySplit: Record<Split | "unassigned", { cases: number; frames: number; annotated: number }>;
    /** Frames by what is known of writing in their pixels. */
    burnedIn: Record<BurnedInState, number>;
    /** Synthetic images of the project, and pairs that wait for a decision. */
    synthetic: { accepted: number; undecided: number };
  };
}

/** What goes before a project is open: a large file is looked through, the demo is made. */
export interface OpeningProgress {
  /** Of the project. */
  name: string;
  counts: "bytes" | "images";
  done: number;
  /** 0 until it is known; when all bytes are read they are still to be judged. */
  total: number;
  secondsLeft: number | null;
}

export interface FolderListing {
  path: string;
  parent: string | null;
  folders: string[];
  /** `*.aliquot` files. */
  projects: string[];
  /** All others, where they were asked for. */
  files: string[];
}
