/** @file Where labels of whole images came from: said by a person, or first by a model. As masks are marked. */
import type { LabelDefinition } from "../api/contract.ts";
import type { LabelOrigin, Project } from "../project/index.ts";

/** "said": by a person, here or in a table that was imported. */
export type LabelOriginName = "said" | LabelOrigin["kind"] | "accepted unseen";

export interface ToldOrigin {
  name: LabelOriginName;
  modelId: number | null;
}

/** Of the labels as they stand at the call; of an image of which nothing is said it says "said" too. */
export function labelOrigins(project: Project): (definition: LabelDefinition, imageId: number) => ToldOrigin {
  const known = project.labelProposals.origins();
  return (definition, imageId) => {
    const origin = known.get(`${definition.labelId} ${project.labels.subjectOf(definition, imageId)}`);
    if (origin === undefined) return { name: "said", modelId: null };
    return { name: origin.isUnseen ? "accepted unseen" : origin.kind, modelId: origin.modelId };
  };
}
