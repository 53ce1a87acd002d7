/** @file Times a program's operators with ONNX Runtime's profiler: a few runs after warm-up, not the whole training. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import type { OnnxModel } from "../onnx/model.ts";
import { summarizeProfile, type Profile, type ProfileEvent } from "../profile.ts";

export interface ProfileRequest {
  /** Runs before timing starts: the first ones allocate. */
  warmUp: number;
  /** Runs to time. */
  runs: number;
  /** Gets one profile for each program that ran often enough to be timed. */
  report(profile: Profile): void;
}

/** What the store needs of a session. */
export interface RunnableSession {
  /** Called before each run, while no tensor of an earlier one is in use: a profiled session may be exchanged. */
  prepare?(): Promise<void>;
  run(
    feeds: InferenceSession.OnnxValueMapType,
    fetches: InferenceSession.OnnxValueMapType | InferenceSession.NullableOnnxValueMapType,
  ): Promise<InferenceSession.OnnxValueMapType>;
  release(): Promise<void>;
}

/** Opens a session of `model`, with a timing report at this path when one is given. */
export type OpenSession = (profilePrefix?: string) => Promise<InferenceSession>;

/**
 * A session that is exchanged for a profiled one after `warmUp` runs, and back after `runs` more, so that results are the same
 * bits and no two sessions are open at once. Called before each exchange: `beforeExchange`. ONNX Runtime writes its report to a temporary file, removed when it was read.
 */
export async function openProfiledSession(
  model: OnnxModel,
  open: OpenSession,
  { warmUp, runs, report, beforeExchange }: ProfileRequest & { beforeExchange(): Promise<void> },
): Promise<RunnableSession> {
  let session = await open();
  let folder: string | null = null;
  let isDone = false;
  let count = 0;
  const durations: number[] = [];

  const begin = async (): Promise<void> => {
    folder = await mkdtemp(join(tmpdir(), "aliquot-profile-"));
    await session.release();
    session = await open(join(folder, "report"));
  };
  /** Closes the session: its report is complete only then. */
  const end = async (): Promise<void> => {
    isDone = true;
    session.endProfiling();
    await session.release();
    const events: ProfileEvent[] = [];
    for (const name of await readdir(folder!)) {
      events.push(...(JSON.parse(await readFile(join(folder!, name), "utf8")) as ProfileEvent[]));
    }
    await rm(folder!, { recursive: true, force: true });
    folder = null;
    if (durations.length > 0) {
      report(summarizeProfile(events, { program: model.name, nodes: model.nodes, durations }));
    }
  };

  return {
    async prepare() {
      const isEnd = durations.length === runs && !isDone;
      if (count !== warmUp && !isEnd) return;
      await beforeExchange();
      if (isEnd) {
        await end();
        session = await open();
      } else await begin();
    },
    async run(feeds, fetches) {
      const start = performance.now();
      const results = await session.run(feeds, fetches);
      // The first run of the profiled session allocates once more: it is left out.
      if (folder !== null && count > warmUp) durations.push(performance.now() - start);
      count++;
      return results;
    },
    async release() {
      if (folder !== null) await end();
      else await session.release();
    },
  };
}
