/** @file The desktop window without Electron: a double records what the shell asks of it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { serveLoopback } from "../../src-main/app/loopback.ts";
import { type ElectronCalls, ORIGIN, startShell } from "../../src-main/app/shell.ts";
import { createSite, type Site } from "../../src-main/app/site.ts";
import { openProjectWithImages, temporaryFolder } from "../api/fixture.ts";

type Listener = (...values: never[]) => unknown;

/** Records calls by name; listeners can be played back. */
function recordElectron({ isFirst = true } = {}) {
  const log: string[] = [];
  const listeners = new Map<string, Listener>();
  const kept: { scheme?: unknown; window?: { webPreferences: unknown }; handler?: Site; url?: string } = {};
  const note =
    (name: string) =>
    (event: string, listener: Listener): void =>
      void listeners.set(`${name} ${event}`, listener);
  class BrowserWindow {
    webContents = {
      setWindowOpenHandler: (listener: Listener) => listeners.set("window-open", listener),
      on: note("contents"),
    };
    once = note("window");
    show = () => log.push("show");
    focus = () => log.push("focus");
    reload = () => log.push("reload");
    isMinimized = () => true;
    restore = () => log.push("restore");
    constructor(options: { webPreferences: unknown }) {
      log.push("window");
      kept.window = options;
    }
    loadURL(url: string) {
      kept.url = url;
      return Promise.resolve();
    }
  }
  const electron = {
    app: {
      requestSingleInstanceLock: () => isFirst,
      enableSandbox: () => log.push("sandbox"),
      whenReady: () => {
        log.push("ready");
        return Promise.resolve();
      },
      quit: () => log.push("quit"),
      exit: (code: number) => log.push(`exit ${code}`),
      on: note("app"),
    },
    protocol: {
      registerSchemesAsPrivileged(schemes: unknown) {
        log.push("privileged");
        kept.scheme = schemes;
      },
      handle(scheme: string, handler: Site) {
        log.push(`handle ${scheme}`);
        kept.handler = handler;
      },
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (listener: Listener) => listeners.set("permission-request", listener),
        setDevicePermissionHandler: (listener: Listener) => listeners.set("device-permission", listener),
        setPermissionCheckHandler: (listener: Listener) => listeners.set("permission-check", listener),
        webRequest: { onBeforeRequest: (listener: Listener) => listeners.set("before-request", listener) },
      },
    },
    ipcMain: { handle: note("ipc"), on: note("ipc") },
    dialog: { showOpenDialog: () => Promise.resolve({ filePaths: ["/chosen"] }) },
    Menu: { buildFromTemplate: () => ({}), setApplicationMenu: () => undefined },
    Notification: class {
      on = note("notification");
      show = () => log.push("notification");
    },
    BrowserWindow,
  };
  const play = (name: string, ...values: unknown[]): unknown => {
    const listener = listeners.get(name);
    if (listener === undefined) throw new Error(`nothing listens to ${name}: ${[...listeners.keys()].join(", ")}`);
    return (listener as (...all: unknown[]) => unknown)(...values);
  };
  return { electron: electron as unknown as ElectronCalls, log, kept, play };
}

async function openShell(site: Site = () => Promise.resolve(new Response("page"))) {
  const double = recordElectron();
  const end = vi.fn(() => Promise.resolve());
  await startShell(double.electron, { preload: "/preload.cjs", open: () => ({ site, end }) });
  return { ...double, end };
}

test("the page runs in a sandbox, isolated, without Node, on a privileged scheme", async () => {
  const { kept, log } = await openShell();
  expect(kept.window?.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    preload: "/preload.cjs",
  });
  expect(kept.scheme).toEqual([
    { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
  expect(log.indexOf("privileged")).toBeLessThan(log.indexOf("ready"));
  expect(log).toContain("sandbox");
  expect(log.indexOf("handle app")).toBeLessThan(log.indexOf("window"));
  expect(kept.url).toBe("app://aliquot/");
});

test("navigation, windows, permissions and requests to elsewhere are denied", async () => {
  const { play } = await openShell();
  expect(play("window-open", { url: "https://example.org" })).toEqual({ action: "deny" });
  for (const event of ["will-navigate", "will-redirect", "will-attach-webview"]) {
    const preventDefault = vi.fn();
    play(`contents ${event}`, { preventDefault });
    expect(preventDefault).toHaveBeenCalledOnce();
  }
  const decide = vi.fn();
  play("permission-request", {}, "media", decide);
  expect(decide).toHaveBeenCalledWith(false);
  expect(play("permission-check", {}, "geolocation")).toBe(false);
  for (const [url, cancel] of [
    ["https://example.org/", true],
    ["http://127.0.0.1/", true],
    ["file:///etc/hosts", true],
    ["app://aliquot/api/session", false],
    ["blob:app://aliquot/1", false],
  ] as const) {
    const answer = vi.fn();
    play("before-request", { url }, answer);
    expect(answer).toHaveBeenCalledWith({ cancel });
  }
});

test("a second instance opens nothing and brings the first to the front", async () => {
  const second = recordElectron({ isFirst: false });
  const open = vi.fn();
  await startShell(second.electron, { preload: "", open });
  expect(open).not.toHaveBeenCalled();
  expect(second.log).toEqual(["privileged", "quit"]);
  const first = await openShell();
  first.play("app second-instance");
  expect(first.log.slice(-2)).toEqual(["restore", "focus"]);
});

test("closing the window ends the session before the app", async () => {
  const { play, end, log } = await openShell();
  play("app window-all-closed");
  await vi.waitFor(() => expect(log).toContain("exit 0"));
  expect(end).toHaveBeenCalledOnce();
});

test("no device is lent, and a page that crashed is loaded again", async () => {
  const { play, log } = await openShell();
  expect(play("device-permission", {})).toBe(false);
  play("contents render-process-gone", {}, { reason: "clean-exit" });
  expect(log).not.toContain("reload");
  play("contents render-process-gone", {}, { reason: "crashed" });
  expect(log).toContain("reload");
});

test("dialogs and notifications serve our page only", async () => {
  const { play, log } = await openShell();
  const ours = { senderFrame: { parent: null, url: `${ORIGIN}/` } };
  const framed = { senderFrame: { parent: {}, url: `${ORIGIN}/` } };
  const foreign = { senderFrame: { parent: null, url: "https://example.org/" } };
  expect(await play("ipc aliquot:choose-folder", ours, "Folder")).toBe("/chosen");
  expect(await play("ipc aliquot:choose-project", ours, "Project")).toBe("/chosen");
  for (const event of [framed, foreign, { senderFrame: null }]) {
    expect(await play("ipc aliquot:choose-folder", event, "Folder")).toBeNull();
    play("ipc aliquot:notify", event, "a", "b");
  }
  expect(log).not.toContain("notification");
  play("ipc aliquot:notify", ours, "a", "b");
  expect(log).toContain("notification");
});

test("the protocol answers as loopback does", async () => {
  const { api, client, path } = await openProjectWithImages();
  const rendererFolder = join(temporaryFolder(), "renderer");
  mkdirSync(rendererFolder);
  writeFileSync(join(rendererFolder, "index.html"), "<!doctype html>");
  const site = createSite({ api, rendererFolder });
  const loopback = await serveLoopback(site);
  onTestFinished(() => loopback.close());
  const { kept } = await openShell(site);
  const json = (body: unknown): RequestInit => ({
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });
  const frameId = (await (await client.frames.$get()).json())[0]!.frameId;
  const script: [string, RequestInit?][] = [
    ["/"],
    ["/missing.js"],
    ["/", { method: "POST" }],
    ["/api/session"],
    ["/api/project"],
    ["/api/frames"],
    [`/api/frames/${frameId}/pixels`],
    [`/api/frames/${frameId}/mask`],
    [`/api/frames/${frameId}/thumbnail`],
    [`/api/frames/${frameId}/undo`, { method: "POST" }],
    [`/api/frames/${frameId}/redo`, { method: "POST" }],
    ["/api/frames/999/pixels"],
    ["/api/methods"],
    ["/api/classes", json({ name: "" })],
    ["/api/project/open", json({ path })],
    ["/api/nothing"],
  ];
  for (const [route, init] of script) {
    const byProtocol = await seen(await kept.handler!(new Request(`${ORIGIN}${route}`, init)));
    const headers = { ...init?.headers, Authorization: `Bearer ${loopback.token}` };
    const byLoopback = await seen(await fetch(`${loopback.origin}${route}`, { ...init, headers }));
    expect(byProtocol, route).toEqual(byLoopback);
    expect(byProtocol.headers["content-security-policy"]).toContain("default-src 'none'");
  }
  const foreign = await kept.handler!(new Request("app://elsewhere/api/session"));
  expect(foreign.status).toBe(403);
  const embedded = new Request(`${ORIGIN}/api/session`, { headers: { Origin: "https://example.org" } });
  expect((await kept.handler!(embedded)).status).toBe(403);
});

/** What a page sees of an answer; the transport's own headers aside. */
async function seen(response: Response) {
  const transport = ["connection", "content-length", "date", "keep-alive", "transfer-encoding", "vary"];
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => !transport.includes(name))),
    body: Buffer.from(await response.arrayBuffer()).toString("base64"),
  };
}
