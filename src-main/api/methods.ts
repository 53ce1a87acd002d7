/** @file Methods that can be trained, with the settings a form is made of, and named settings sized for the open project. */
import { Hono } from "hono";
import { type Method, methods as available, presetsOf, type TrainingFacts } from "../methods/index.ts";
import {
  labelledFacts,
  learnableLabels,
  thisMachine,
  trainingFacts,
  trainingFrames,
  translationFacts,
  translationFrames,
} from "../runs/queue.ts";
import type { MethodRow, SettingField } from "./contract.ts";
import type { OpenProject } from "./open-project.ts";
import type { Session } from "./session.ts";

export const methods = (session: Session) =>
  new Hono().get("/", (c) =>
    c.json(
      available.map((method): MethodRow => {
        const { id, title, summary, needs } = method;
        const settings = method.settings.map((field) => withAdded(field, session));
        const row = { id, title, summary, settings, needs: { unlabelled: 0, ...needs } };
        const presets = presetsOf(method);
        if (presets.length === 0) return { ...row, presets: [] };
        const { project } = session.open;
        const facts = factsFor(project, method);
        return {
          ...row,
          ...(method.learnsPairs === true && { modalities: modalitiesOf(facts) }),
          ...(method.learnsLabels !== undefined && { labels: learnableLabels(project, method) }),
          presets: presets.map(({ id, title, summary, settingsFor }) => {
            return { id, title, summary, settings: settingsFor(facts, thisMachine()) };
          }),
        };
      }),
    ),
  );

function factsFor(project: OpenProject["project"], method: Method): TrainingFacts {
  const isLabelled = method.learnsLabels !== undefined && learnableLabels(project, method).length > 0;
  if (isLabelled) return labelledFacts(project, method);
  const isPaired = method.learnsPairs === true && project.pairings.latest() !== null;
  return isPaired
    ? translationFacts(project, translationFrames(project))
    : trainingFacts(project, trainingFrames(project, method));
}

function modalitiesOf({ pairs }: TrainingFacts): MethodRow["modalities"] {
  if (pairs === undefined) return null;
  const { source, target, sources: images } = pairs;
  return { source, target, images };
}

/** A field that names what was added to this machine, or to the project, gets its options. */
function withAdded(field: SettingField, session: Session): SettingField {
  if (field.kind !== "choice" || field.from === undefined) return field;
  const added =
    field.from === "backbones"
      ? session.backbones.list().filter(({ isTrainable }) => isTrainable)
      : session.open.project.trunks.list();
  return {
    ...field,
    options: [...field.options, ...added.map(({ id }) => id)],
    names: { ...field.names, ...Object.fromEntries(added.map(({ id, name }) => [id, name])) },
  };
}
