/** @file The trouble of a mask that does not lie on its image. */
import { Problem } from "../problem/index.ts";

interface Size {
  width: number;
  height: number;
}

export function maskMismatch(frameId: number, map: Size, frame: Size): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `The mask of image ${frameId} has another size than the image.`,
    detail: `The mask is ${map.width} × ${map.height} pixels, the image ${frame.width} × ${frame.height}.`,
    hint: "Import a mask of the same size, or draw it again, then start the run anew.",
  });
}
