/** @file The session of a door that runs under Node: everything of this machine put together. */
import { rmSync } from "node:fs";
import { Session } from "../api/index.ts";
import { forkDecodeProcess } from "../imaging/index.ts";
import { claimWorkFolder, type Installation, personFolders } from "./installation.ts";
import { forkCheckProcess, forkInferenceProcess, forkRunProcess } from "./spawn.ts";

/** How a door starts the four kinds of child process. */
export type ProcessStarters = Pick<
  ConstructorParameters<typeof Session>[0],
  "spawnRun" | "spawnInference" | "spawnDecode" | "spawnCheck"
>;

export interface RunningSession {
  session: Session;
  /** Closes the session and removes its working folder. */
  end(): Promise<void>;
}

export function startSession(
  installation: Installation,
  starters: ProcessStarters = {
    spawnRun: () => forkRunProcess(installation.entry("run-process")),
    spawnInference: () => forkInferenceProcess(installation.entry("inference-process")),
    spawnDecode: () => forkDecodeProcess(installation.entry("decode-process")),
    spawnCheck: () => forkCheckProcess(installation.entry("check-process")),
  },
): RunningSession {
  const { config, home } = personFolders(process.env);
  const { path: workFolder, problem } = claimWorkFolder(config);
  if (problem !== null) console.warn(`${problem.title} ${problem.detail}`);
  const { version, demoFolder } = installation;
  const session = new Session({
    version,
    configFolder: config,
    home,
    demoFolder,
    workFolder,
    device: "auto",
    problems: problem === null ? [] : [problem],
    ...starters,
  });
  return {
    session,
    async end() {
      await session.close();
      rmSync(workFolder, { recursive: true, force: true });
    },
  };
}
