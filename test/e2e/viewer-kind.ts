/** @file What a page draws with, where a test asks for one kind: left alone, the app takes Canvas2D under software GL. */
import type { Page } from "playwright-core";
import type { ViewerKind } from "../../src-renderer/canvas/viewer.ts";

/** Call before the page goes anywhere. */
export async function drawBy(page: Page, kind: ViewerKind): Promise<void> {
  await page.addInitScript((kind) => {
    if (kind === "webgl") {
      // The name of the renderer, which says that it is software, is kept back.
      const original = WebGL2RenderingContext.prototype.getExtension as (name: string) => unknown;
      WebGL2RenderingContext.prototype.getExtension = function (this: WebGL2RenderingContext, name: string) {
        return name === "WEBGL_debug_renderer_info" ? null : original.call(this, name);
      } as typeof WebGL2RenderingContext.prototype.getExtension;
      return;
    }
    const original = HTMLCanvasElement.prototype.getContext as (...of: unknown[]) => unknown;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...of: unknown[]) {
      return of[0] === "webgl2" ? null : original.apply(this, of);
    } as typeof HTMLCanvasElement.prototype.getContext;
  }, kind);
}
