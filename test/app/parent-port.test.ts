/** @file Child processes of an app that is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const app = `
  import { fork } from "node:child_process";
  const child = fork("", { execArgv: ["--input-type=module", "--eval", process.argv[1]], stdio: "inherit" });
  child.once("message", () => console.log("talks"));
`;
const child = `
  import { parentPort } from "${new URL("../../src-main/app/parent-port.ts", import.meta.url).href}";
  const port = parentPort();
  // Busy as in a step: the end of the app comes while it hears nothing, and is met by the next message.
  const step = () => { for (const end = Date.now() + 300; Date.now() < end; ); port.postMessage("step"); setImmediate(step); };
  step();
`;

test("what it still has to say is dropped, without a stack on the terminal, and it ends", async () => {
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", app, child], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = text(parent.stderr); // the child writes there too: it ends when both have ended
  await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  expect(await said).toBe("");
});
