/**
 * @file A process that imports until it is killed, and draws on the first image meanwhile: reports each stroke once it is stored, and
 * how many files are done. Arguments: the project, the folder of images, the folder of masks.
 */
import { fileURLToPath } from "node:url";
import { createDecodePool, forkDecodeProcess } from "../../src-main/imaging/index.ts";
import { importImages, listImportFiles } from "../../src-main/interchange/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";

/** What the test hears. */
export type ImportNotice = { done: number } | { revisionId: number };

const tell = (notice: ImportNotice): void => void process.send!(notice);
const [projectPath, images, masks] = process.argv.slice(2) as [string, string, string];
const project = openProject(projectPath);
const entry = fileURLToPath(new URL("../../src-main/app/decode-process.ts", import.meta.url));
const pool = createDecodePool({ spawn: () => forkDecodeProcess(entry) });

const draw = (stroke: number): void => {
  const [frame] = project.images.frames();
  if (frame !== undefined) {
    const map = createLabelMap(frame.width, frame.height);
    map.data[stroke % map.data.length] = 2;
    tell(project.annotations.write(frame.frameId, encodeLabelMap(map), { origin: "drawn" }) as { revisionId: number });
  }
  setTimeout(() => draw(stroke + 1), 5);
};
draw(0);
await importImages({
  project,
  pool,
  items: (await listImportFiles([images])).items,
  masks: (await listImportFiles([masks])).items,
  patient: { kind: "file" },
  onProgress: ({ done }) => tell({ done }),
});
// The test kills before this; ending by itself would hide that it came too late.
throw new Error("import-process: the import ended before the kill.");
