/** @file Entry of `npm start`: Electron where its binary is there and a screen to show it, else the browser door. */
import { openBrowserDoor } from "./browser-door.ts";
import { hasDisplay } from "./browsers.ts";
import { findElectron, runElectron } from "./electron-binary.ts";
import { installationOf } from "./installation.ts";
import { leave } from "./leave.ts";

const installation = installationOf(import.meta.url);
const args = process.argv.slice(2);
// Options are the browser door's: who gives one wants that door.
const electron = hasDisplay(process.env) && args.length === 0 ? await findElectron(installation.root) : null;
const didRun = electron !== null && (await runElectron(electron, installation.root));
await leave(didRun ? 0 : await openBrowserDoor(installation, args));
