/**
 * @file YOLO segmentation (docs.ultralytics.com, "Instance Segmentation Datasets"): one text per picture, one line per shape: class from 0,
 * then the corners of its polygon as shares of width and height. Polygons run along pixel edges and reach holes by a line walked
 * twice, so their pixels are those of the mask.
 */
import { joinHoles, shapesOf, traceOutlines } from "../voxels/index.ts";
import type { ExportFile } from "./export-files.ts";
import type { AnnotatedFrame, ExportSet } from "./export-set.ts";

/** `images/<split>/…png`, `labels/<split>/…txt` and `data.yaml`; what is neither val nor test is trained on. */
export function yoloFiles(set: ExportSet): ExportFile[] {
  const folder = ({ row: { split } }: AnnotatedFrame): string =>
    split === "val" || split === "test" ? split : "train";
  const folders = new Set(set.annotated.map(folder));
  const lines = [
    "path: .",
    // Without a split of its own the choice of the best epoch looks at the training images.
    `train: images/${folders.has("train") ? "train" : [...folders][0]!}`,
    `val: images/${folders.has("val") ? "val" : folders.has("train") ? "train" : [...folders][0]!}`,
    ...(folders.has("test") ? ["test: images/test"] : []),
    "names:",
    ...set.classes.map(({ name }, index) => `  ${index}: ${JSON.stringify(name)}`),
    "",
  ];
  return [
    { name: "data.yaml", content: () => Promise.resolve(new TextEncoder().encode(lines.join("\n"))) },
    ...set.annotated.flatMap((frame) => [
      { name: `images/${folder(frame)}/${frame.name}.png`, content: () => set.picture(frame) },
      {
        name: `labels/${folder(frame)}/${frame.name}.txt`,
        content: () => Promise.resolve(new TextEncoder().encode(polygonLines(set, frame))),
      },
    ]),
  ];
}

function polygonLines(set: ExportSet, frame: AnnotatedFrame): string {
  const map = set.labelMap(frame);
  const values = set.classes.map(({ value }) => value);
  return shapesOf(map, values)
    .map(({ value, box, isInside }) => {
      const polygon = joinHoles(traceOutlines(box, isInside));
      const shares = polygon.map((each, index) => String(each / (index % 2 === 0 ? map.width : map.height)));
      return `${values.indexOf(value)} ${shares.join(" ")}\n`;
    })
    .join("");
}
