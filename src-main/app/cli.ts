#!/usr/bin/env node
/** @file Entry of the command line. */
import { runCommandLine } from "./command-line.ts";
import { installationOf } from "./installation.ts";
import { leave } from "./leave.ts";

const exitCode = await runCommandLine(installationOf(import.meta.url), process.argv.slice(2));
// A long document may still be on its way to a slow reader.
await new Promise((written) => process.stdout.write("", written));
await leave(exitCode);
