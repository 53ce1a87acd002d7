/** @file What is said of images under each label, as plain maps that are replaced whole. */
import type { LabelDefinition, LabelValue } from "../../../src-main/api/contract.ts";
import type { Client } from "../../api/client.ts";

/** By frame. */
export type LabelValues = ReadonlyMap<number, LabelValue>;

export const noLabelValues = {
  ofOne: new Map() as LabelValues,
  byLabel: new Map() as ReadonlyMap<number, LabelValues>,
};

/** The values of every label, by its id. */
export async function fetchLabelValues(
  client: Client,
  definitions: readonly LabelDefinition[],
): Promise<ReadonlyMap<number, LabelValues>> {
  const values = await Promise.all(
    definitions.map(async ({ labelId }) => {
      const said = await client.labelValues(labelId);
      return [labelId, new Map(said.map(({ frameId, value }) => [frameId, value]))] as const;
    }),
  );
  return new Map(values);
}
