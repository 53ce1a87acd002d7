/** @file The end of a process, whatever still hangs. */
import { setTimeout as rest } from "node:timers/promises";

/** Milliseconds that calls to files get to end by themselves. */
const GRACE_MS = 1000;
const LOOK_MS = 20;

/**
 * Ends the process once all is stored and closed. A call to a drive that does not answer sits in Node's pool of threads, and an ordinary exit
 * would wait for it for ever: then the process is killed.
 */
export async function leave(exitCode: number, exit: (code: number) => void = process.exit): Promise<void> {
  const isWaiting = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
  for (let waited = 0; isWaiting() && waited < GRACE_MS; waited += LOOK_MS) await rest(LOOK_MS);
  if (isWaiting()) process.kill(process.pid, "SIGKILL");
  exit(exitCode);
}
