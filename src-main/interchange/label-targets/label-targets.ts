/**
 * @file Labels that come for many images at once, to the frames of the project that they belong to: by the instance they refer to,
 * by name, by place in the patient. What is not certain is refused.
 */
import type { LabelFile } from "../../imaging/index.ts";
import type { Project } from "../../project/index.ts";
import type { StoredNames } from "../stored-names.ts";
import { findCoco } from "./coco.ts";
import { findSegmentation } from "./dicom-seg.ts";
import type { FoundMasks, LabelRequest } from "./found-masks.ts";
import { findVolume } from "./volume.ts";
import { ProjectFrames } from "./project-frames.ts";

/** Files of label maps: neither descriptions of others nor tables. */
export type LabelMaps = Exclude<LabelFile, { kind: "nnunet" | "nnunet-splits" | "table" }>;

/** How each format tells which images it means. A new format is a file here and a line. */
const formats: {
  [Kind in LabelMaps["kind"]]: (
    file: Extract<LabelMaps, { kind: Kind }>,
    frames: ProjectFrames,
    request: LabelRequest,
  ) => FoundMasks;
} = {
  coco: findCoco,
  "dicom-seg": findSegmentation,
  volume: findVolume,
};

/** The frames of a project as label files may mean them. Made anew for each import. */
export class LabelTargets {
  readonly #frames: ProjectFrames;

  /** `names` tells the pseudonyms under which images may be known. */
  constructor(project: Project, names: StoredNames) {
    this.#frames = new ProjectFrames(project, names);
  }

  /**
   * Which frame gets which label map. Throws `Problem` "mask-mismatch" where that is not certain or does not fit, also for
   * classes that the project does not have unless `addClasses`.
   */
  find<Kind extends LabelMaps["kind"]>(
    file: Extract<LabelMaps, { kind: Kind }> & { kind: Kind },
    request: LabelRequest,
  ): FoundMasks {
    const find: (file: Extract<LabelMaps, { kind: Kind }>, frames: ProjectFrames, request: LabelRequest) => FoundMasks =
      formats[file.kind];
    return find(file, this.#frames, request);
  }
}
