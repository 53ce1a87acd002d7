/**
 * @file WebGL2 drawing: samples stay as stored (integer textures, `texelFetch`); the fragment shader looks brightness up in a table that
 * changes with the window, and lays overlays and label maps over it, so that a brush move costs one sub-texture and one draw. An image
 * larger than a texture is drawn in tiles.
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
import { HEAT_COLORS, OVERLAY_COLOR, STAGE_COLOR } from "./palette.ts";
import { compileProgram, FRAGMENT_SHADER, type SamplerKind } from "./shaders.ts";
import { isPrerendered, textureFormat } from "./texture-format.ts";
import { sharedPart, type Tile, tilesOf } from "./tiles.ts";
import { type Appearance, MAX_LAYERS, type Viewer } from "./viewer.ts";
import { type Extent, inverseAxes } from "./viewport.ts";

/** Texture units, fixed per purpose. */
const UNIT = { frame: 0, labels: 1, palette: 2, confidence: 3, brightness: 4, overlay: 5, heatColors: 6 } as const;
type Purpose = keyof typeof UNIT;
type Textures = Partial<Record<Purpose, WebGLTexture>>;

/** Brightness that is in the texture already. */
const IDENTITY = Uint8Array.from({ length: 256 }, (_, level) => level);
/** Milliseconds that a lost context is waited for, e.g. while a driver starts anew. */
const PATIENCE_MS = 4000;

interface Program {
  program: WebGLProgram;
  /** Asked once: each question waits for the graphics process. */
  locations: Map<string, WebGLUniformLocation | null>;
}

export class WebglViewer implements Viewer {
  readonly kind = "webgl";
  readonly #canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #limit: number;
  readonly #onGone: () => void;
  #programs = new Map<SamplerKind, Program>();
  /** What all tiles share. */
  #shared: Textures = {};
  #tiles: (Tile & { textures: Textures })[] = [];
  #frame: Frame | null = null;
  #layers: readonly LabelMap[] = [];
  #confidence: Uint8Array | null = null;
  /** What the brightness on the graphics card was made with: it is made anew only when that changes. */
  #shown: RenderOptions = {};
  #palette: Uint8Array | null = null;
  #lastAppearance: Appearance | null = null;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(canvas: HTMLCanvasElement, onGone: () => void) {
    // Kept, so that a screenshot or a print in any moment shows the picture.
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
    if (gl === null) throw new Error("webgl-viewer: the browser gave no WebGL2 context.");
    this.#canvas = canvas;
    this.#gl = gl;
    this.#limit = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    this.#onGone = onGone;
    canvas.addEventListener("webglcontextlost", this.#onContextLost);
    canvas.addEventListener("webglcontextrestored", this.#onContextRestored);
  }

  show(frame: Frame, labels: LabelMap): void {
    const before = this.#frame;
    this.#frame = frame;
    this.#layers = [labels];
    this.#confidence = null;
    if (frame.width !== before?.width || frame.height !== before.height) this.#cut(frame);
    this.#upload();
  }

  setLayers(others: readonly LabelMap[]): void {
    this.#layers = [...this.#layers.slice(0, 1), ...others].slice(0, MAX_LAYERS);
    this.#uploadLabels();
  }

  setConfidence(confidence: Uint8Array | null): void {
    if (confidence === null && this.#confidence === null) return;
    this.#confidence = confidence;
    this.#uploadConfidence();
  }

  updateLabels(dirty: Rectangle): void {
    const gl = this.#gl;
    const [labels] = this.#layers;
    if (labels === undefined || gl.isContextLost()) return;
    for (const { held, textures } of this.#tiles) {
      const part = sharedPart(dirty, held);
      if (part === null) continue;
      this.#texture(textures, "labels", gl.TEXTURE_2D_ARRAY);
      this.#putLabels(labels, 0, part, held);
    }
  }

  draw(appearance: Appearance): void {
    this.#lastAppearance = appearance;
    const gl = this.#gl;
    const frame = this.#frame;
    if (frame === null || gl.isContextLost()) return;
    const { viewport, pixelRatio } = appearance;
    const { sampler, first } = textureFormat(gl, frame);
    const { program, locations } = this.#program(sampler);
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    const [red, green, blue] = STAGE_COLOR.map((channel) => channel / 255);
    gl.clearColor(red!, green!, blue!, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program);
    this.#uploadPalette(appearance.palette);
    this.#uploadBrightness(frame, appearance);
    const at = (name: string): WebGLUniformLocation | null => {
      if (!locations.has(name)) locations.set(name, gl.getUniformLocation(program, name));
      return locations.get(name)!;
    };
    for (const [purpose, unit] of Object.entries(UNIT)) gl.uniform1i(at(purpose), unit);
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
    const styles = this.#layers.map((_, layer) => appearance.layers[layer] ?? { fill: 0, outline: 0, dash: 0 });
    gl.uniform1i(at("layerCount"), styles.length);
    gl.uniform4fv(
      at("layerStyle"),
      styles.flatMap(({ fill, outline, dash }) => [fill, outline, dash, 0]),
    );
    gl.uniform1f(at("heat"), this.#confidence === null ? 0 : appearance.heat);
    gl.uniform1i(at("isOverlayShown"), appearance.isOverlayShown && frame.overlays !== undefined ? 1 : 0);
    gl.uniform4fv(
      at("overlayColor"),
      OVERLAY_COLOR.map((channel) => channel / 255),
    );
    for (const { core, held, textures } of this.#tiles) {
      for (const purpose of ["frame", "confidence", "overlay"] as const) this.#texture(textures, purpose);
      this.#texture(textures, "labels", gl.TEXTURE_2D_ARRAY);
      gl.uniform4i(at("core"), core.x, core.y, core.x + core.width, core.y + core.height);
      gl.uniform2i(at("origin"), held.x, held.y);
      gl.uniform2i(at("extent"), held.width, held.height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  dispose(): void {
    clearTimeout(this.#patience);
    this.#canvas.removeEventListener("webglcontextlost", this.#onContextLost);
    this.#canvas.removeEventListener("webglcontextrestored", this.#onContextRestored);
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  #cut(frame: Frame): void {
    for (const { textures } of this.#tiles) {
      for (const texture of Object.values(textures)) this.#gl.deleteTexture(texture);
    }
    this.#tiles = tilesOf(frame, this.#limit).map((tile) => ({ ...tile, textures: {} }));
  }

  #upload(): void {
    const gl = this.#gl;
    const frame = this.#frame;
    if (frame === null || gl.isContextLost()) return;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    if (!isPrerendered(frame)) this.#uploadFrame(frame, frame.data);
    this.#shown = {};
    this.#uploadLabels();
    this.#uploadConfidence();
    this.#uploadBytes("overlay", frame, frame.overlays === undefined ? null : overlayMask(frame.overlays, frame));
  }

  #uploadFrame(frame: Frame, texels: Samples): void {
    const gl = this.#gl;
    const { internal, format, type } = textureFormat(gl, frame);
    for (const { held, textures } of this.#tiles) {
      this.#texture(textures, "frame");
      this.#unpack(frame, held, () =>
        gl.texImage2D(gl.TEXTURE_2D, 0, internal, held.width, held.height, 0, format, type, texels),
      );
    }
  }

  #uploadLabels(): void {
    const gl = this.#gl;
    if (this.#frame === null || gl.isContextLost()) return;
    const target = gl.TEXTURE_2D_ARRAY;
    for (const { held, textures } of this.#tiles) {
      this.#texture(textures, "labels", target);
      const { width, height } = held;
      const depth = this.#layers.length;
      gl.texImage3D(target, 0, gl.R8UI, width, height, depth, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, null);
      this.#layers.forEach((labels, layer) => this.#putLabels(labels, layer, held, held));
    }
  }

  /** Sends the pixels of `part` to the texture that is bound, which holds those of `held`. */
  #putLabels(labels: LabelMap, layer: number, part: Rectangle, held: Rectangle): void {
    const gl = this.#gl;
    const [x, y] = [part.x - held.x, part.y - held.y];
    const { width, height } = part;
    this.#unpack(labels, part, () =>
      gl.texSubImage3D(
        gl.TEXTURE_2D_ARRAY,
        0,
        x,
        y,
        layer,
        width,
        height,
        1,
        gl.RED_INTEGER,
        gl.UNSIGNED_BYTE,
        labels.data,
      ),
    );
  }

  #uploadBrightness(frame: Frame, { window, isInverted }: Appearance): void {
    const gl = this.#gl;
    if (window === this.#shown.window && isInverted === this.#shown.isInverted) return;
    this.#shown = { window, isInverted };
    if (isPrerendered(frame)) this.#uploadFrame(frame, renderFrame(frame, this.#shown));
    const table = isPrerendered(frame) ? IDENTITY : renderTable(frame, this.#shown);
    this.#texture(this.#shared, "brightness");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, 256, table.length / 256, 0, gl.RED, gl.UNSIGNED_BYTE, table);
  }

  #uploadConfidence(): void {
    if (this.#frame === null || this.#gl.isContextLost()) return;
    this.#uploadBytes("confidence", this.#frame, this.#confidence);
    this.#texture(this.#shared, "heatColors");
    const gl = this.#gl;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, HEAT_COLORS);
  }

  /** One byte per pixel of the frame; a single one where there are none, for a sampler wants a texture. */
  #uploadBytes(purpose: "confidence" | "overlay", frame: Frame, bytes: Uint8Array | null): void {
    const gl = this.#gl;
    const put = (width: number, height: number, content: Uint8Array): void =>
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, content);
    for (const { held, textures } of this.#tiles) {
      this.#texture(textures, purpose);
      if (bytes === null) put(1, 1, new Uint8Array(1));
      else this.#unpack(frame, held, () => put(held.width, held.height, bytes));
    }
  }

  /** Only the pixels of `part` leave an array of an image of that size. OpenGL ES 3.0, 3.7.2; without the height WebGL refuses rows that are skipped of a texture array. */
  #unpack({ width, height }: Extent, part: Rectangle, put: () => void): void {
    const gl = this.#gl;
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width);
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, height);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, part.x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, part.y);
    put();
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
  }

  #uploadPalette(palette: Uint8Array): void {
    if (palette === this.#palette) return;
    this.#palette = palette;
    const gl = this.#gl;
    this.#texture(this.#shared, "palette");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
  }

  /** Binds the texture of that purpose to its unit, creating it at first use. */
  #texture(textures: Textures, purpose: Purpose, target: GLenum = this.#gl.TEXTURE_2D): void {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0 + UNIT[purpose]);
    const isNew = textures[purpose] === undefined;
    const texture = (textures[purpose] ??= gl.createTexture());
    gl.bindTexture(target, texture);
    if (!isNew) return;
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(target, filter, gl.NEAREST); // integer textures cannot be filtered
    }
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(target, wrap, gl.CLAMP_TO_EDGE);
  }

  #program(sampler: SamplerKind): Program {
    let found = this.#programs.get(sampler);
    if (found === undefined) {
      found = { program: compileProgram(this.#gl, FRAGMENT_SHADER(sampler)), locations: new Map() };
      this.#programs.set(sampler, found);
    }
    return found;
  }

  // The default prevented, the browser gives the context back, e.g. after the computer slept.
  #onContextLost = (event: Event): void => {
    event.preventDefault();
    clearTimeout(this.#patience);
    this.#patience = setTimeout(this.#onGone, PATIENCE_MS);
  };

  #onContextRestored = (): void => {
    clearTimeout(this.#patience);
    this.#programs.clear();
    this.#shared = {};
    this.#palette = null;
    for (const tile of this.#tiles) tile.textures = {};
    this.#upload();
    if (this.#lastAppearance !== null) this.draw(this.#lastAppearance);
  };
}
