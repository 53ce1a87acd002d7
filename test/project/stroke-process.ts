/**
 * @file A process that draws until it is killed: writes revisions to the project named by its argument and reports each
 * one once it is stored.
 */
import { openProject } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";

const project = openProject(process.argv[2]!);
const { frameId, width, height } = project.images.frames()[0]!;
const map = createLabelMap(width, height);
const draw = (stroke: number): void => {
  map.data[stroke % map.data.length] = 1 + (stroke % 2);
  const { revisionId } = project.annotations.write(frameId, encodeLabelMap(map), { origin: "drawn" });
  process.send!(revisionId, () => draw(stroke + 1));
};
draw(0);
