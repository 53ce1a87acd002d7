/**
 * @file How the end of a run is told: by a notice in the window that leads to it, and by the system while the person looks elsewhere, if
 * they want that. Neither names an image or a patient.
 */
import type { RunRow } from "../src-main/api/contract.ts";
import { askForNotifications, notificationAccess, notifyEnd } from "./api/shell.ts";
import type { Preferences } from "./preferences.svelte.ts";
import { texts } from "./texts/index.ts";
import type { ViewName, Workspace } from "./workspace.svelte.ts";

const places: Record<RunRow["kind"], ViewName> = {
  train: "train",
  predict: "review",
  evaluate: "train",
  experiment: "value",
  synthesise: "synthesise",
  translate: "translate",
};

/** What these made by then stays, and is looked at where it is listed, however they ended. */
const ownPlace: readonly RunRow["kind"][] = ["experiment", "synthesise", "translate"];

/** The returned function ends it. */
export function tellOfRuns(workspace: Workspace, preferences: Preferences): () => void {
  const { notices } = workspace;
  let hasAsked = false;

  /** A run takes minutes: the moment at which being told is worth a question, once. */
  const ask = (): void => {
    if (hasAsked || preferences.chosen.notifications !== "ask" || notificationAccess() === "none") return;
    hasAsked = true;
    const run = async (): Promise<void> =>
      preferences.change({ notifications: (await askForNotifications()) ? "on" : "off" });
    const { askTitle: title, askHint: hint, askAction: label } = texts.runNews;
    notices.add({ tone: "news", title, hint, action: { label, run: () => void run() } });
  };

  const tell = (run: RunRow): void => {
    const show = (): void => {
      if (run.kind === "synthesise") workspace.synthesisRunId = run.runId;
      workspace.view = run.state === "done" || ownPlace.includes(run.kind) ? places[run.kind] : "train";
    };
    const title = texts.train.ended(texts.train.kinds[run.kind], texts.train.states[run.state]);
    const action = { label: texts.runNews.show, run: show };
    if (run.state === "done") notices.add({ tone: "news", title, action });
    else {
      const { title: reason, detail, hint } = run.problem ?? { title };
      notices.add({ tone: "trouble", title: reason, detail, hint, action });
    }
    // The kind and the outcome alone: a reason may name a file.
    if (preferences.chosen.notifications === "on") notifyEnd(texts.app.name, title, show);
  };

  return workspace.onRun((run, what) => (what === "active" ? ask() : tell(run)));
}
