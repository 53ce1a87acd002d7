/** @file Methods that can be trained, with the settings a form is made of, and named settings sized for the open project. */
import { Hono } from "hono";
import { z } from "zod";
import { type Method, methods as available, presetsOf, type TrainingFacts } from "../methods/index.ts";
import {
  labelledFacts,
  learnableLabels,
  thisMachine,
  trainingFacts,
  trainingFrames,
  translationFacts,
  type TranslationFrames,
  translationFrames,
} from "../runs/queue.ts";
import type { MethodRow, SettingField } from "./contract.ts";
import type { OpenProject } from "./open-project.ts";
import type { Session } from "./session.ts";
import { idText, validate } from "./validate.ts";

const query = z.object({ pairing: idText.optional() });

export const methods = (session: Session) =>
  new Hono().get("/", validate("query", query), (c) => {
    const { pairing } = c.req.valid("query");
    return c.json(
      available.map((method): MethodRow => {
        const { id, title, summary, needs } = method;
        const settings = method.settings.map((field) => withAdded(field, session));
        const row = { id, title, summary, settings, needs: { unlabelled: 0, ...needs } };
        const presets = presetsOf(method);
        if (presets.length === 0) return { ...row, presets: [] };
        const { project } = session.open;
        const paired = method.learnsPairs === true ? pairedFrames(project, pairing) : null;
        const facts = factsFor(project, method, paired);
        return {
          ...row,
          ...(method.learnsPairs === true && { modalities: paired && modalitiesOf(paired, facts) }),
          ...(method.learnsLabels !== undefined && { labels: learnableLabels(project, method) }),
          presets: presets.map(({ id, title, summary, settingsFor }) => {
            return { id, title, summary, settings: settingsFor(facts, thisMachine()) };
          }),
        };
      }),
    );
  });

/** Of the newest pairing unless another is asked for; null: none is there. */
function pairedFrames(project: OpenProject["project"], pairingId: number | undefined): TranslationFrames | null {
  return pairingId === undefined && project.pairings.latest() === null ? null : translationFrames(project, pairingId);
}

function factsFor(project: OpenProject["project"], method: Method, paired: TranslationFrames | null): TrainingFacts {
  const isLabelled = method.learnsLabels !== undefined && learnableLabels(project, method).length > 0;
  if (isLabelled) return labelledFacts(project, method);
  return paired === null ? trainingFacts(project, trainingFrames(project, method)) : translationFacts(project, paired);
}

function modalitiesOf({ pairing }: TranslationFrames, { pairs }: TrainingFacts): MethodRow["modalities"] {
  const { pairingId, source, target } = pairing;
  return { pairingId, source, target, images: pairs!.sources };
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
