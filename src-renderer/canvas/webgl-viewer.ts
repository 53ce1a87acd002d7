/**
 * @file WebGL2 drawing: samples stay as stored (integer textures, `texelFetch`); the fragment shader looks brightness up in a table that
 * changes with the window, and lays overlays and labels over it, so that a brush move costs one sub-texture and one draw.
 */
import {
  type Frame,
  type LabelMap,
  overlayMask,
  type Rectangle,
  renderFrame,
  type RenderOptions,
  renderTable,
  type Samples,
} from "../../src-main/voxels/index.ts";
import { compileProgram, FRAGMENT_SHADER, type SamplerKind } from "./shaders.ts";
import { OVERLAY_COLOR } from "./palette.ts";
import { isPrerendered, textureFormat } from "./texture-format.ts";
import type { Appearance, Viewer } from "./viewer.ts";
import { inverseAxes } from "./viewport.ts";

/** Texture units, fixed per purpose. */
const UNIT = { frame: 0, labels: 1, palette: 2, confidence: 3, brightness: 4, overlay: 5 } as const;

/** Brightness that is in the texture already. */
const IDENTITY = Uint8Array.from({ length: 256 }, (_, level) => level);

export class WebglViewer implements Viewer {
  readonly kind = "webgl";
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  #programs = new Map<SamplerKind, WebGLProgram>();
  #textures: Partial<Record<keyof typeof UNIT, WebGLTexture>> = {};
  #frame: Frame | null = null;
  #labels: LabelMap | null = null;
  #confidence: Uint8Array | null = null;
  /** What the brightness on the graphics card was made with: it is made anew only when that changes. */
  #shown: RenderOptions = {};
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
    const { viewport, pixelRatio, opacity } = appearance;
    const { sampler, first } = textureFormat(gl, frame);
    const program = this.#program(sampler);
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.useProgram(program);
    this.#uploadPalette(appearance.palette);
    this.#uploadBrightness(frame, appearance);
    const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
    gl.uniform1i(at("frame"), UNIT.frame);
    gl.uniform1i(at("labels"), UNIT.labels);
    gl.uniform1i(at("palette"), UNIT.palette);
    gl.uniform1i(at("confidence"), UNIT.confidence);
    gl.uniform1i(at("brightness"), UNIT.brightness);
    gl.uniform1i(at("overlay"), UNIT.overlay);
    gl.uniform2i(at("size"), frame.width, frame.height);
    gl.uniform1i(at("isColor"), frame.channels === 3 ? 1 : 0);
    gl.uniform1i(at("first"), first);
    gl.uniform1f(at("scale"), viewport.scale * pixelRatio);
    gl.uniform2f(at("offset"), viewport.offsetX * pixelRatio, viewport.offsetY * pixelRatio);
    const { xx, xy, yx, yy } = inverseAxes(viewport);
    gl.uniformMatrix2fv(
      at("toImage"),
      false,
      [xx, yx, xy, yy].map((step) => step / pixelRatio),
    );
    gl.uniform1f(at("canvasHeight"), this.#canvas.height);
    gl.uniform1f(at("pixelRatio"), pixelRatio);
    gl.uniform1f(at("opacity"), opacity);
    gl.uniform1i(at("isLabelsShown"), appearance.isLabelsShown ? 1 : 0);
    gl.uniform1i(at("isConfidenceShown"), appearance.isConfidenceShown && this.#confidence !== null ? 1 : 0);
    gl.uniform1i(at("isOverlayShown"), appearance.isOverlayShown && frame.overlays !== undefined ? 1 : 0);
    gl.uniform4fv(
      at("overlayColor"),
      OVERLAY_COLOR.map((channel) => channel / 255),
    );
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
    if (!isPrerendered(frame)) this.#uploadFrame(frame, frame.data);
    this.#shown = {};
    this.#texture("labels");
    const { width, height, data } = labels;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, data);
    this.#uploadConfidence();
    this.#uploadBytes("overlay", frame, frame.overlays === undefined ? null : overlayMask(frame.overlays, frame));
  }

  #uploadFrame(frame: Frame, texels: Samples): void {
    const gl = this.#gl;
    const { internal, format, type } = textureFormat(gl, frame);
    this.#texture("frame");
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, frame.width, frame.height, 0, format, type, texels);
  }

  #uploadBrightness(frame: Frame, { window, isInverted }: Appearance): void {
    const gl = this.#gl;
    if (window === this.#shown.window && isInverted === this.#shown.isInverted) return;
    this.#shown = { window, isInverted };
    if (isPrerendered(frame)) this.#uploadFrame(frame, renderFrame(frame, this.#shown));
    const table = isPrerendered(frame) ? IDENTITY : renderTable(frame, this.#shown);
    this.#texture("brightness");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, 256, table.length / 256, 0, gl.RED, gl.UNSIGNED_BYTE, table);
  }

  #uploadConfidence(): void {
    if (this.#frame === null || this.#gl.isContextLost()) return;
    this.#uploadBytes("confidence", this.#frame, this.#confidence);
  }

  /** One byte per pixel of the frame; a single one where there are none, for a sampler wants a texture. */
  #uploadBytes(purpose: "confidence" | "overlay", frame: Frame, bytes: Uint8Array | null): void {
    const gl = this.#gl;
    const { width, height } = bytes === null ? { width: 1, height: 1 } : frame;
    this.#texture(purpose);
    const content = bytes ?? new Uint8Array(1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, content);
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
