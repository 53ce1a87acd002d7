/** @file How samples lie in a texture. OpenGL ES 3.0, table 3.2; RGB32UI and the like are all texelFetch-able. */
import type { Frame } from "../../src-main/voxels/index.ts";
import type { SamplerKind } from "./shaders.ts";

export interface TextureFormat {
  internal: number;
  format: number;
  type: number;
  sampler: SamplerKind;
}

export function textureFormat(gl: WebGL2RenderingContext, { sampleType, channels }: Frame): TextureFormat {
  const isColor = channels === 3;
  const integer = isColor ? gl.RGB_INTEGER : gl.RED_INTEGER;
  switch (sampleType) {
    case "uint8":
      return {
        internal: isColor ? gl.RGB8UI : gl.R8UI,
        format: integer,
        type: gl.UNSIGNED_BYTE,
        sampler: "usampler2D",
      };
    case "uint16":
      return {
        internal: isColor ? gl.RGB16UI : gl.R16UI,
        format: integer,
        type: gl.UNSIGNED_SHORT,
        sampler: "usampler2D",
      };
    case "int16":
      return { internal: isColor ? gl.RGB16I : gl.R16I, format: integer, type: gl.SHORT, sampler: "isampler2D" };
    case "int32":
      return { internal: isColor ? gl.RGB32I : gl.R32I, format: integer, type: gl.INT, sampler: "isampler2D" };
    case "uint32":
      return {
        internal: isColor ? gl.RGB32UI : gl.R32UI,
        format: integer,
        type: gl.UNSIGNED_INT,
        sampler: "usampler2D",
      };
    case "float32":
      return {
        internal: isColor ? gl.RGB32F : gl.R32F,
        format: isColor ? gl.RGB : gl.RED,
        type: gl.FLOAT,
        sampler: "sampler2D",
      };
  }
}
