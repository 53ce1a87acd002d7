/**
 * @file The desktop window: one locked-down page of our own scheme. Takes the few calls into Electron as an argument,
 * so that a recording double can check them where Electron's binary is missing.
 */
import type * as Electron from "electron";
import { leave } from "./leave.ts";
import { plain, type Site } from "./site.ts";

export type ElectronCalls = Pick<
  typeof Electron,
  "app" | "BrowserWindow" | "dialog" | "ipcMain" | "Menu" | "Notification" | "protocol" | "session"
>;

export interface ShellParts {
  /** Path of the built preload script. */
  preload: string;
  /** Starts the session once the window may open; not called in a second instance. */
  open(): { site: Site; end(): Promise<void> };
}

export const ORIGIN = "app://aliquot";

/** Opens the window, unless another instance has one: that one comes to the front then. */
export async function startShell(electron: ElectronCalls, { preload, open }: ShellParts): Promise<void> {
  const { app, BrowserWindow, Menu, protocol, session } = electron;
  // Before the app is ready, as Electron demands. `secure` and `standard` give the page an origin and fetch.
  protocol.registerSchemesAsPrivileged([
    { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.enableSandbox();
  await app.whenReady();
  const { site, end } = open();
  protocol.handle("app", (request) => answer(site, request));
  // Nothing the page does needs the camera, the network or the location; notifications go through ipcMain.
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
  session.defaultSession.webRequest.onBeforeRequest((details, decide) =>
    decide({ cancel: !/^(app|blob|data|devtools):/.test(details.url) }),
  );
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: "fileMenu" }, { role: "editMenu" }, { role: "windowMenu" }]));

  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: "Aliquot",
    backgroundColor: "#111315",
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: "deny" }));
  window.webContents.on("will-navigate", (event) => event.preventDefault());
  window.webContents.on("will-redirect", (event) => event.preventDefault());
  window.webContents.on("will-attach-webview", (event) => event.preventDefault());
  // A page that crashed (a graphics driver, too little memory) comes back; what was stored is stored.
  window.webContents.on("render-process-gone", (_event, { reason }) => {
    if (reason !== "clean-exit") window.reload();
  });
  window.once("ready-to-show", () => window.show());
  answerDialogs(electron, window);
  app.on("second-instance", () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on("window-all-closed", () => void end().finally(() => leave(0, (code) => app.exit(code))));
  await window.loadURL(`${ORIGIN}/`);
}

/** As loopback answers, for our own page only. */
async function answer(site: Site, request: Request): Promise<Response> {
  const origin = request.headers.get("Origin");
  if (new URL(request.url).host !== "aliquot" || (origin !== null && origin !== ORIGIN)) {
    return plain(403, "This address is not served.");
  }
  return site(request);
}

/** What src-preload asks for. A message from any other frame is ignored: it has no business here. */
function answerDialogs({ dialog, ipcMain, Notification }: ElectronCalls, window: Electron.BrowserWindow): void {
  const isOurs = (event: { senderFrame: Electron.WebFrameMain | null }) =>
    event.senderFrame?.parent === null && event.senderFrame.url.startsWith(`${ORIGIN}/`);
  const choose = (channel: string, options: Electron.OpenDialogOptions) =>
    ipcMain.handle(channel, async (event, title: unknown) => {
      if (!isOurs(event)) return null;
      const { filePaths } = await dialog.showOpenDialog(window, { ...options, title: String(title).slice(0, 200) });
      return filePaths[0] ?? null;
    });
  choose("aliquot:choose-folder", { properties: ["openDirectory", "createDirectory"] });
  const filters = [{ name: "Aliquot project", extensions: ["aliquot"] }];
  choose("aliquot:choose-project", { properties: ["openFile"], filters });
  ipcMain.on("aliquot:notify", (event, title: unknown, body: unknown) => {
    if (!isOurs(event)) return;
    const notification = new Notification({ title: String(title).slice(0, 200), body: String(body).slice(0, 500) });
    notification.on("click", () => {
      window.show();
      window.focus();
    });
    notification.show();
  });
}
