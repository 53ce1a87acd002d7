/**
 * @file A process that draws until it is killed: writes revisions to the project named by its argument and reports each
 * one once it is stored. With several frames each stroke is one action on all of them.
 */
import { openProject } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";

const project = openProject(process.argv[2]!);
const frames = project.images.frames();
const { frameId, width, height } = frames[0]!;
const map = createLabelMap(width, height);
const draw = (stroke: number): void => {
  map.data[stroke % map.data.length] = 1 + (stroke % 2);
  const rle = encodeLabelMap(map);
  const revisionId =
    frames.length === 1
      ? project.annotations.write(frameId, rle, { origin: "drawn" }).revisionId
      : project.annotations
          .writeGroup(frames.map((frame) => ({ ...frame, rle, base: project.annotations.head(frame.frameId) })))
          .at(-1)!.revisionId;
  process.send!(revisionId, () => draw(stroke + 1));
};
draw(0);
