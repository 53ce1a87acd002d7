/** @file Binary bodies of requests and answers. */
import type { Context } from "hono";

/** Run-length bytes of voxels/rle.ts. */
export const LABEL_MAP_MEDIA_TYPE = "application/vnd.aliquot.label-map";

export function bytesResponse(bytes: Uint8Array, mediaType: string, headers: Record<string, string> = {}): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { ...headers, "Content-Type": mediaType } });
}

export async function bodyBytes(context: Context): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await context.req.arrayBuffer());
}
