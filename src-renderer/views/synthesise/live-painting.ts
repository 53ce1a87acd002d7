/** @file Pictures on their way out of the noise, as they were last seen. */
import type { EventMap, Painting, RunRow } from "../../../src-main/api/contract.ts";

/** Pictures that are painted together, at most: src-main/runs/synthesis-work.ts. */
export const PLACES = 4;

/** Whether there is something to see before a picture is done. */
export const paintsInSteps = ({ settings }: Pick<RunRow, "settings">): boolean => "samplingSteps" in settings;

export interface LivePainting extends Omit<Painting, "previews"> {
  /** Addresses of the pictures that are painted together, in their order; null: not seen yet. */
  pictures: readonly (string | null)[];
}

/** What is known after one more word: a word without pictures leaves those that are there. */
export function followed(before: LivePainting | null, told: EventMap["painting"]): LivePainting {
  const { previews = [], runId: _, ...painting } = told;
  const isSame = before !== null && before.first === told.first && before.count === told.count;
  const pictures: (string | null)[] = isSame ? [...before.pictures] : Array.from({ length: told.count }, () => null);
  for (const { index, png } of previews) pictures[index - told.first] = `data:image/png;base64,${png}`;
  return { ...painting, pictures: pictures.slice(0, told.count) };
}
