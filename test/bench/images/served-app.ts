/** @file The built app as a process of its own, and a client that asks it over HTTP what the window would ask. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { EventMap, FrameColumns, ImportState } from "../../../src-main/api/contract.ts";
import { waitAfter } from "../../../src-renderer/api/reloads.ts";

const entry = resolve(import.meta.dirname, "../../../out/main/browser.js");
const PAGE_BYTES = 4096;

export interface ServedApp {
  get<Answer>(path: string): Promise<Answer>;
  bytes(path: string): Promise<Uint8Array>;
  post<Answer>(path: string, json: unknown): Promise<Answer>;
  /** Calls `listener` with every event until the app stops; resolves once it listens. */
  listen(listener: (event: { type: keyof EventMap; data: unknown }) => void): Promise<void>;
  /** Resident bytes of the main process, and of it with all its children. Linux. */
  resident(): { main: number; tree: number };
  stop(): Promise<void>;
}

/** Settings and new projects go below `home`. */
export async function serveApp(home: string): Promise<ServedApp> {
  const child = spawn(process.execPath, [entry, "--no-open", "--port", "0"], {
    env: { ...process.env, ALIQUOT_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let address: URL | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(line)?.[0];
    if (found === undefined) continue;
    address = new URL(found);
    break;
  }
  if (address === null) throw new Error("bench: the app ended before it printed its address.");
  child.stdout.resume();
  const headers = { Authorization: `Bearer ${address.searchParams.get("token")!}` };
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(new URL(`/api${path}`, address), {
      ...init,
      headers: { ...headers, ...init.headers },
    });
    if (!response.ok) throw new Error(`bench: ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const closing = new AbortController();
  return {
    get: async <Answer>(path: string) => (await send(path)).json() as Promise<Answer>,
    bytes: async (path) => new Uint8Array(await (await send(path)).arrayBuffer()),
    post: async <Answer>(path: string, json: unknown) => {
      const init = { method: "POST", body: JSON.stringify(json), headers: { "Content-Type": "application/json" } };
      return (await send(path, init)).json() as Promise<Answer>;
    },
    async listen(listener) {
      const response = await send("/events", { signal: closing.signal });
      void follow(response, listener).catch((error: unknown) => {
        if (!closing.signal.aborted) throw error;
      });
    },
    resident() {
      const main = residentOf(child.pid!);
      return { main, tree: main + descendantsOf(child.pid!).reduce((sum, pid) => sum + residentOf(pid), 0) };
    },
    async stop() {
      closing.abort();
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** WHATWG HTML section 9.2, as far as the app writes it. */
async function follow(response: Response, listener: Parameters<ServedApp["listen"]>[0]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body!) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const type = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (type !== undefined && data !== undefined) listener({ type: type as keyof EventMap, data: JSON.parse(data) });
    }
  }
}

function residentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // it has ended between two looks
  }
}

function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // After the command in parentheses, which may hold anything: state, parent.
      const parent = Number(readFileSync(`/proc/${name}/stat`, "latin1").split(") ").at(-1)!.split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      continue; // ended meanwhile
    }
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((each) => [each, ...below(each)]);
  return below(pid);
}

export interface TimedImport {
  /** Seconds from the request to the pixels of the first frame in hand; null: not asked for. */
  firstFrame: number | null;
  /** Seconds from the request to the end of the import. */
  whole: number;
  state: ImportState;
}

/**
 * Imports a folder as the window does: it hears that frames have come, asks for their list, then for the pixels of the first; and
 * asks for the list each time it hears of frames, one request at a time.
 */
export async function timeImport(app: ServedApp, folder: string): Promise<TimedImport> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const ended = Promise.withResolvers<ImportState>();
  const first = Promise.withResolvers<number>();
  let isAsked = false;
  let isListing = false;
  let isStale = false;
  const list = async (): Promise<void> => {
    if (isListing) return void (isStale = true);
    isListing = true;
    let inRow = 0;
    do {
      isStale = false;
      const begun = performance.now();
      const frames = await app.get<FrameColumns>("/frames/columns");
      const [frameId] = frames.frameId;
      if (frameId !== undefined && !isAsked) {
        isAsked = true;
        await app.bytes(`/frames/${frameId}/pixels`);
        first.resolve(seconds());
      }
      // As the window.
      await new Promise((resolve) => setTimeout(resolve, waitAfter(inRow++, performance.now() - begun)));
    } while (isStale);
    isListing = false;
  };
  await app.listen(({ type, data }) => {
    if (type === "import") {
      const state = data as ImportState;
      if (state.state !== "running") ended.resolve(state);
    }
    if (type === "changed" && (data as EventMap["changed"]).what.includes("frames")) list().catch(first.reject);
  });
  await app.post("/imports/folder", { paths: [folder] });
  const state = await ended.promise;
  const whole = seconds();
  return { firstFrame: await first.promise, whole, state };
}
