/** @file Entry of the browser door. */
import { openBrowserDoor } from "./browser-door.ts";
import { installationOf } from "./installation.ts";
import { leave } from "./leave.ts";

await leave(await openBrowserDoor(installationOf(import.meta.url), process.argv.slice(2)));
