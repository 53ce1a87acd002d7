/**
 * @file Masks without an image in their import: they may belong to images that are in the project already.
 */
import type { FrameRow } from "../../api/contract.ts";
import type { Project } from "../../project/index.ts";
import { partsOf } from "../file-names.ts";
import type { StoredNames } from "../stored-names.ts";
import type { ImportLog } from "./import-log.ts";
import type { MaskFile } from "./import-plan.ts";
import { inOrder } from "./in-order.ts";
import type { MaskStore } from "./mask-store.ts";
import { type MaskTarget, matchMasks } from "./match-masks.ts";

interface StoredTarget extends MaskTarget {
  frames: FrameRow[];
}

interface LaterMasksParts {
  project: Project;
  log: ImportLog;
  masks: MaskStore;
  names: StoredNames;
  files: readonly MaskFile[];
}

/** What fits no image is named in the report. */
export async function importLaterMasks({ project, log, masks, names, files }: LaterMasksParts): Promise<void> {
  if (files.length === 0 || log.stop.aborted) return;
  const { matched, unmatched, refused } = matchMasks(storedTargets(project), files, names);
  log.report.unmatchedMasks.push(...unmatched.map(({ name }) => name));
  log.report.refused.push(...refused);
  log.report.done += unmatched.length + refused.length;
  await inOrder(
    log,
    [...matched].flatMap(([{ frames }, own]) => own.map((mask) => ({ frames, mask }))),
    ({ mask }) => mask.mask.name,
    ({ frames, mask }) => masks.attach(frames, [mask]),
  );
}

/** Images of the project. Their folders were not kept, but the case is often named after one. */
function storedTargets(project: Project): StoredTarget[] {
  const byImage = Map.groupBy(project.images.frames(), ({ imageId }) => imageId);
  return [...byImage].map(([imageId, frames]) => {
    const { fileName } = project.images.image(imageId);
    return { folders: [frames[0]!.caseName], stem: partsOf(fileName).stem, frames };
  });
}
