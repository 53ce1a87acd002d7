/**
 * @file The few things a page cannot do by itself, lent to the interface as `window.aliquotShell`.
 * Channels, answered by src-main/app/electron.ts: `aliquot:choose-folder` and `aliquot:choose-project` (title -> path
 * or null), `aliquot:notify` (title, body).
 */
import { contextBridge, ipcRenderer, webUtils } from "electron";
import type { AliquotShell } from "../src-renderer/api/shell.ts";

const shell: AliquotShell = {
  pathOfFile: (file) => webUtils.getPathForFile(file),
  chooseFolder: async (title) => (await ipcRenderer.invoke("aliquot:choose-folder", title)) as string | null,
  chooseProject: async (title) => (await ipcRenderer.invoke("aliquot:choose-project", title)) as string | null,
  notify: (title, body) => ipcRenderer.send("aliquot:notify", title, body),
};

contextBridge.exposeInMainWorld("aliquotShell", shell);
