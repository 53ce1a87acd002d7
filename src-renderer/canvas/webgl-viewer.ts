/**
 * @file WebGL2 drawing: samples stay as stored (integer textures, `texelFetch`); rescale, window and overlays happen
 * in the fragment shader, so that a brush move costs one sub-texture and one draw.
 */
import { type Frame, type LabelMap, type Rectangle, rangeOfWindow } from "../../src-main/voxels/index.ts";
import { compileProgram, FRAGMENT_SHADER, type SamplerKind } from "./shaders.ts";
import { textureFormat } from "./texture-format.ts";
import type { Appearance, Viewer } from "./viewer.ts";

/** Texture units, fixed per purpose. */
const UNIT = { frame: 0, labels: 1, palette: 2, confidence: 3 } as const;

export class WebglViewer implements Viewer {
  readonly kind = "webgl";
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  #programs = new Map<SamplerKind, WebGLProgram>();
  #textures: Partial<Record<keyof typeof UNIT, WebGLTexture>> = {};
  #frame: Frame | null = null;
  #labels: LabelMap | null = null;
  #confidence: Uint8Array | null = null;
  #lastAppearance: Appearance | null = null;

  constructor(canvas: HTMLCanvasElement) {
    // Kept, so that a screenshot or a print in any moment shows the picture.
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
    if (gl === null) throw new Error("webgl-viewer: the browser gave no WebGL2 context.");
    this.#canvas = canvas;
    this.#gl = gl;
    canvas.addEventListener("webglcontextlost", this.#onContextLost);
    canvas.addEventListener("webglcontextrestored", this.#onContextRestored);
  }

  show(frame: Frame, labels: LabelMap): void {
    this.#frame = frame;
    this.#labels = labels;
    this.#confidence = null;
    this.#upload();
  }

  setConfidence(confidence: Uint8Array | null): void {
    this.#confidence = confidence;
    this.#uploadConfidence();
  }

  updateLabels({ x, y, width, height }: Rectangle): void {
    const gl = this.#gl;
    const labels = this.#labels;
    const texture = this.#textures.labels;
    if (labels === null || texture === undefined) return;
    gl.activeTexture(gl.TEXTURE0 + UNIT.labels);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, labels.width);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, y);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RED_INTEGER, gl.UNSIGNED_BYTE, labels.data);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  }

  draw(appearance: Appearance): void {
    this.#lastAppearance = appearance;
    const gl = this.#gl;
    const frame = this.#frame;
    if (frame === null || gl.isContextLost()) return;
    const { viewport, pixelRatio, window, opacity } = appearance;
    const program = this.#program(textureFormat(gl, frame).sampler);
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.useProgram(program);
    this.#uploadPalette(appearance.palette);
    const { low, high } = rangeOfWindow(window);
    const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
    gl.uniform1i(at("frame"), UNIT.frame);
    gl.uniform1i(at("labels"), UNIT.labels);
    gl.uniform1i(at("palette"), UNIT.palette);
    gl.uniform1i(at("confidence"), UNIT.confidence);
    gl.uniform2i(at("size"), frame.width, frame.height);
    gl.uniform1i(at("isColor"), frame.channels === 3 ? 1 : 0);
    gl.uniform1i(at("isInverted"), frame.photometric === "MONOCHROME1" ? 1 : 0);
    gl.uniform2f(at("rescale"), frame.rescaleSlope, frame.rescaleIntercept);
    gl.uniform2f(at("range"), low, high);
    gl.uniform1f(at("scale"), viewport.scale * pixelRatio);
    gl.uniform2f(at("offset"), viewport.offsetX * pixelRatio, viewport.offsetY * pixelRatio);
    gl.uniform1f(at("canvasHeight"), this.#canvas.height);
    gl.uniform1f(at("pixelRatio"), pixelRatio);
    gl.uniform1f(at("opacity"), opacity);
    gl.uniform1i(at("isLabelsShown"), appearance.isLabelsShown ? 1 : 0);
    gl.uniform1i(at("isConfidenceShown"), appearance.isConfidenceShown && this.#confidence !== null ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  dispose(): void {
    this.#canvas.removeEventListener("webglcontextlost", this.#onContextLost);
    this.#canvas.removeEventListener("webglcontextrestored", this.#onContextRestored);
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  #upload(): void {
    const gl = this.#gl;
    const frame = this.#frame;
    const labels = this.#labels;
    if (frame === null || labels === null || gl.isContextLost()) return;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const { internal, format, type } = textureFormat(gl, frame);
    this.#texture("frame");
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, frame.width, frame.height, 0, format, type, frame.data);
    this.#texture("labels");
    const { width, height, data } = labels;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, data);
    this.#uploadConfidence();
  }

  #uploadConfidence(): void {
    const gl = this.#gl;
    if (this.#frame === null || gl.isContextLost()) return;
    const { width, height } = this.#confidence === null ? { width: 1, height: 1 } : this.#frame;
    const bytes = this.#confidence ?? new Uint8Array(1);
    this.#texture("confidence");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, bytes);
  }

  #uploadPalette(palette: Uint8Array): void {
    const gl = this.#gl;
    this.#texture("palette");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
  }

  /** Binds the texture of that purpose to its unit, creating it at first use. */
  #texture(purpose: keyof typeof UNIT): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + UNIT[purpose]);
    this.#textures[purpose] ??= gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.#textures[purpose]);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST); // integer textures cannot be filtered
    }
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }

  #program(sampler: SamplerKind): WebGLProgram {
    let program = this.#programs.get(sampler);
    if (program === undefined) {
      program = compileProgram(this.#gl, FRAGMENT_SHADER(sampler));
      this.#programs.set(sampler, program);
    }
    return program;
  }

  // Allows the browser to give the context back, e.g. after the computer slept.
  #onContextLost = (event: Event): void => event.preventDefault();

  #onContextRestored = (): void => {
    this.#programs.clear();
    this.#textures = {};
    this.#upload();
    if (this.#lastAppearance !== null) this.draw(this.#lastAppearance);
  };
}
