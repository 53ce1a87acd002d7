/** @file The shaders of the WebGL viewer: one triangle over the canvas for each tile of the image, all work per fragment. */
import { MAX_LAYERS } from "./viewer.ts";

/** By sample class: unsigned, signed. */
export type SamplerKind = "usampler2D" | "isampler2D";

const VERTEX_SHADER = `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/**
 * `size` is that of the image; a tile draws the pixels of `core` (left, top, right, bottom) from textures of `extent` whose first texel is the pixel `origin`. `layerStyle`: fill, outline, dash. `scale`, `offset` and `canvasHeight` are in
 * device pixels, `toImage` in image pixels per device pixel; image coordinates as in voxels/brush.ts.
 */
export const FRAGMENT_SHADER = (sampler: SamplerKind): string => `#version 300 es
precision highp float;
precision highp int;
uniform highp ${sampler} frame;
uniform highp usampler2DArray labels;
uniform highp usampler2D confidence;
uniform highp usampler2D overlay;
/** Brightness by sample, 256 in a row: what voxels/render.ts gives, so that screen and exports agree. */
uniform sampler2D brightness;
uniform sampler2D palette, heatColors;
uniform ivec2 size, origin, extent;
uniform ivec4 core;
uniform vec4 layerStyle[${MAX_LAYERS}];
uniform int layerCount;
uniform int first;
uniform bool isColor, isOverlayShown;
uniform vec4 overlayColor;
uniform vec2 offset;
uniform mat2 toImage;
uniform float scale, canvasHeight, pixelRatio, heat;
out vec4 color;

/** From here on the pixels themselves are of interest, so they are shown as squares. */
const float SQUARES_FROM = 6.0;

bool isInside(ivec2 p) { return all(greaterThanEqual(p, ivec2(0))) && all(lessThan(p, size)); }

/** Where the pixel lies in the textures of this tile; the nearest one they have where it lies beyond. */
ivec2 texel(ivec2 p) { return clamp(p - origin, ivec2(0), extent - 1); }

float level(int stored) {
  int index = stored - first;
  return texelFetch(brightness, ivec2(index & 255, index >> 8), 0).r;
}

vec3 shown(ivec2 p) {
  ivec3 stored = ivec3(texelFetch(frame, texel(p), 0).rgb);
  float red = level(stored.r);
  return isColor ? vec3(red, level(stored.g), level(stored.b)) : vec3(red);
}

vec3 smoothed(vec2 at) {
  vec2 corner = floor(at - 0.5);
  vec2 part = at - 0.5 - corner;
  ivec2 p = ivec2(corner);
  return mix(mix(shown(p), shown(p + ivec2(1, 0)), part.x),
             mix(shown(p + ivec2(0, 1)), shown(p + ivec2(1, 1)), part.x), part.y);
}

/** Image pixels a side that are looked at below one device pixel. */
int tapsPerSide() { return clamp(int(ceil(1.0 / scale)), 1, 4); }

/** Mean over the image pixels below this device pixel, at most 4 x 4 taps: no shimmer when zoomed out. */
vec3 averaged(vec2 at) {
  int taps = tapsPerSide();
  vec3 sum = vec3(0.0);
  for (int row = 0; row < taps; row++) for (int column = 0; column < taps; column++) {
    vec2 shift = (vec2(column, row) + 0.5) / float(taps) - 0.5;
    sum += shown(ivec2(floor(at + toImage * shift)));
  }
  return sum / float(taps * taps);
}

/** Whether any image pixel below this device pixel has a mark: thin lines stay when zoomed out. */
bool isMarked(vec2 at) {
  int taps = tapsPerSide();
  for (int row = 0; row < taps; row++) for (int column = 0; column < taps; column++) {
    vec2 shift = (vec2(column, row) + 0.5) / float(taps) - 0.5;
    ivec2 p = ivec2(floor(at + toImage * shift));
    if (isInside(p) && texelFetch(overlay, texel(p), 0).r != 0u) return true;
  }
  return false;
}

uint labelAt(int layer, vec2 at) {
  ivec2 p = ivec2(floor(at));
  return isInside(p) ? texelFetch(labels, ivec3(texel(p), layer), 0).r : 0u;
}

/** Fill, and outline of a constant width on the screen. */
vec3 labeled(vec3 picture, int layer, vec2 at, vec2 screen) {
  vec4 style = layerStyle[layer];
  if (style.x <= 0.0 && style.y <= 0.0) return picture;
  uint label = labelAt(layer, at);
  vec2 right = toImage * vec2(1.25 * pixelRatio, 0.0);
  vec2 down = toImage * vec2(0.0, 1.25 * pixelRatio);
  bool isEdge = labelAt(layer, at + right) != label || labelAt(layer, at - right) != label ||
    labelAt(layer, at + down) != label || labelAt(layer, at - down) != label;
  if (isEdge && style.z > 0.0) isEdge = mod(screen.x + screen.y, style.z * pixelRatio) < 0.5 * style.z * pixelRatio;
  vec4 paint = texelFetch(palette, ivec2(int(label), 0), 0);
  return mix(picture, paint.rgb, paint.a * (isEdge ? max(style.x, style.y) : style.x));
}

void main() {
  vec2 screen = vec2(gl_FragCoord.x, canvasHeight - gl_FragCoord.y);
  vec2 at = toImage * (screen - offset);
  ivec2 p = ivec2(floor(at));
  if (any(lessThan(p, core.xy)) || any(greaterThanEqual(p, core.zw))) discard;
  vec3 picture = scale < 1.0 ? averaged(at) : scale < SQUARES_FROM * pixelRatio ? smoothed(at) : shown(p);
  if (heat > 0.0) {
    int doubt = 255 - int(texelFetch(confidence, texel(p), 0).r);
    vec4 paint = texelFetch(heatColors, ivec2(doubt, 0), 0);
    picture = mix(picture, paint.rgb, paint.a * heat);
  }
  if (isOverlayShown && isMarked(at)) picture = mix(picture, overlayColor.rgb, overlayColor.a);
  for (int layer = layerCount - 1; layer >= 0; layer--) picture = labeled(picture, layer, at, screen);
  color = vec4(picture, 1.0);
}`;

export function compileProgram(gl: WebGL2RenderingContext, fragmentSource: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX_SHADER],
    [gl.FRAGMENT_SHADER, fragmentSource],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) throw new Error("webgl-viewer: the context is lost.");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new Error(`webgl-viewer: a shader does not compile: ${gl.getShaderInfoLog(shader)}`);
    }
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`webgl-viewer: the program does not link: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}
