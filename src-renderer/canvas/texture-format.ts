/**
 * @file How samples lie in a texture. OpenGL ES 3.0, table 3.2. Samples of few values stay as stored, and the shader looks up their
 * brightness; others come as brightness already, for a shader's 32-bit arithmetic is too coarse for theirs.
 */
import { firstOfTable, type Frame } from "../../src-main/voxels/index.ts";
import type { SamplerKind } from "./shaders.ts";

export interface TextureFormat {
  internal: number;
  format: number;
  type: number;
  sampler: SamplerKind;
  /** What is subtracted from a texel for its place in the table of brightness. */
  first: number;
}

/** Whether the texture holds brightness, and so changes with the window. */
export function isPrerendered({ sampleType }: Frame): boolean {
  return firstOfTable(sampleType) === null;
}

export function textureFormat(gl: WebGL2RenderingContext, { sampleType, channels }: Frame): TextureFormat {
  const isColor = channels === 3;
  const format = isColor ? gl.RGB_INTEGER : gl.RED_INTEGER;
  const first = firstOfTable(sampleType) ?? 0;
  switch (sampleType) {
    case "uint16": {
      const internal = isColor ? gl.RGB16UI : gl.R16UI;
      return { internal, format, type: gl.UNSIGNED_SHORT, sampler: "usampler2D", first };
    }
    case "int16": {
      const internal = isColor ? gl.RGB16I : gl.R16I;
      return { internal, format, type: gl.SHORT, sampler: "isampler2D", first };
    }
    default: {
      const internal = isColor ? gl.RGB8UI : gl.R8UI;
      return { internal, format, type: gl.UNSIGNED_BYTE, sampler: "usampler2D", first };
    }
  }
}
