/**
 * @file What a window sees: the API and the built interface, with security headers. Both windows' doors, Electron's
 * protocol and loopback, answer by this one function.
 */
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

/**
 * Nothing from elsewhere is loaded, and nothing is sent elsewhere. Style attributes are written by the widgets; style
 * elements are not.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const securityHeaders: Record<string, string> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()",
};

const mediaTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

export interface SiteParts {
  api: { fetch(request: Request): Response | Promise<Response> };
  rendererFolder: string;
}

export type Site = (request: Request) => Promise<Response>;

export function createSite({ api, rendererFolder }: SiteParts): Site {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api" || pathname.startsWith("/api/")) return secured(await api.fetch(request));
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "Only reading is possible here.");
    return readPage(rendererFolder, pathname);
  };
}

/** A short text for a person, with the security headers of everything else. */
export function plain(status: number, text: string): Response {
  return secured(new Response(`${text}\n`, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } }));
}

function secured(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

async function readPage(folder: string, pathname: string): Promise<Response> {
  const file = fileOf(folder, pathname === "/" ? "/index.html" : pathname);
  if (file === null) return plain(404, "Not found.");
  try {
    const bytes = await readFile(file);
    const mediaType = mediaTypes[extname(file)] ?? "application/octet-stream";
    // Names of built files change with their content, but a loopback port is soon another program's.
    return secured(new Response(bytes, { headers: { "Content-Type": mediaType, "Cache-Control": "no-cache" } }));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "EISDIR" && code !== "ENOTDIR") throw error;
    if (pathname === "/") return plain(404, "The interface was not built. Run: npm run build");
    return plain(404, "Not found.");
  }
}

/** The path below `folder`, or null for one that leaves it or is malformed. */
function fileOf(folder: string, pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null; // a broken escape names no file
  }
  const file = normalize(join(folder, decoded));
  return file.startsWith(folder + sep) && !decoded.includes("\0") ? file : null;
}
