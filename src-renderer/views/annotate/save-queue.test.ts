import { describe, expect, it } from "vitest";
import type { AnnotationState } from "../../../src-main/api/contract.ts";
import { SaveQueue, type SaveQueueOptions } from "./save-queue.ts";

const loaded: AnnotationState = { revisionId: 7, origin: "drawn", canUndo: true, canRedo: false };
const bytes = (value: number) => new Uint8Array([value]);
const conflict = new Error("409");

/** A queue over an app in memory that answers when told to. */
function createScene(options: Partial<SaveQueueOptions> = {}) {
  const scene = {
    log: [] as string[],
    answers: [] as (() => void)[],
    fail: null as Error | null,
    conflicts: 0,
    revision: 7,
    queue: null as unknown as SaveQueue,
    async settle() {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    },
  };
  const answer = (what: string): Promise<AnnotationState> => {
    scene.log.push(what);
    if (scene.fail !== null) return Promise.reject(scene.fail);
    return new Promise((resolve) => scene.answers.push(() => resolve({ ...loaded, revisionId: ++scene.revision })));
  };
  scene.queue = new SaveQueue({
    transport: {
      putMask: (frameId, base, body) => answer(`put ${frameId} ${base} ${body[0]}`),
      undo: (frameId, base) => answer(`undo ${frameId} ${base}`),
      redo: (frameId, base) => answer(`redo ${frameId} ${base}`),
    },
    judge: (error) => (error === conflict ? "conflict" : "retry"),
    wait: () => new Promise(() => undefined),
    onChange: () => undefined,
    onConflict: () => void scene.conflicts++,
    ...options,
  });
  scene.queue.adopt(1, loaded);
  scene.queue.adopt(2, loaded);
  return scene;
}

describe("save queue", () => {
  it("sends the strokes of a frame one after the other, each on top of the last revision", async () => {
    const scene = createScene();
    void scene.queue.pushStroke(1, bytes(10));
    const last = scene.queue.pushStroke(1, bytes(11));
    expect(scene.log).toEqual(["put 1 7 10"]);
    expect(scene.queue.state(1)).toEqual({ kind: "saving", pending: 2 });
    scene.answers[0]!();
    await scene.settle();
    expect(scene.log).toEqual(["put 1 7 10", "put 1 8 11"]);
    scene.answers[1]!();
    expect((await last)?.revisionId).toBe(9);
    await scene.settle();
    expect(scene.queue.state(1)).toEqual({ kind: "saved" });
  });

  it("frames do not wait for each other", () => {
    const scene = createScene();
    void scene.queue.pushStroke(1, bytes(1));
    void scene.queue.pushStroke(2, bytes(2));
    expect(scene.log).toEqual(["put 1 7 1", "put 2 7 2"]);
  });

  it("undo stands in the same line", async () => {
    const scene = createScene();
    void scene.queue.pushStroke(1, bytes(1));
    void scene.queue.undo(1);
    expect(scene.log).toHaveLength(1);
    scene.answers[0]!();
    await scene.settle();
    expect(scene.log[1], "on top of the stroke that was stored meanwhile").toBe("undo 1 8");
  });

  it("keeps strokes while the app is away and sends them, in order, when it is back", async () => {
    const scene = createScene();
    scene.fail = new Error("connection");
    void scene.queue.pushStroke(1, bytes(1));
    void scene.queue.pushStroke(1, bytes(2));
    await scene.settle();
    expect(scene.queue.state(1)).toMatchObject({ kind: "failed", pending: 2, error: scene.fail });
    expect(scene.queue.unsavedBytes(1)).toEqual(bytes(2));
    scene.fail = null;
    scene.queue.retryNow();
    await scene.settle();
    scene.answers[0]!();
    await scene.settle();
    scene.answers[1]!();
    await scene.settle();
    expect(scene.log).toEqual(["put 1 7 1", "put 1 7 1", "put 1 8 2"]);
    expect(scene.queue.pending).toBe(0);
  });

  it("a loaded state does not overwrite what is on its way", async () => {
    const scene = createScene();
    void scene.queue.pushStroke(1, bytes(1));
    scene.queue.adopt(1, { ...loaded, revisionId: 3 });
    expect(scene.queue.annotation(1)?.revisionId).toBe(7);
    expect(scene.queue.pending).toBe(1);
  });

  it("a conflict drops the frame's line and says so", async () => {
    const scene = createScene();
    scene.fail = conflict;
    const outcome = scene.queue.pushStroke(1, bytes(1));
    expect(await outcome).toBeNull();
    expect(scene.conflicts).toBe(1);
    expect(scene.queue.state(1)).toEqual({ kind: "saved" });
  });

  it("tells of all frames together, and forgets all for another project", async () => {
    const scene = createScene();
    expect(scene.queue.overall).toEqual({ kind: "saved" });
    scene.fail = new Error("disk");
    const stroke = scene.queue.pushStroke(1, bytes(1));
    void scene.queue.pushStroke(2, bytes(2));
    await scene.settle();
    expect(scene.queue.overall).toEqual({ kind: "failed", pending: 2, error: scene.fail });
    scene.queue.clear();
    expect(await stroke).toBeNull();
    expect(scene.queue.overall).toEqual({ kind: "saved" });
    expect(scene.queue.annotation(1)).toBeNull();
    const sent = scene.log.length;
    await scene.settle();
    expect(scene.log).toHaveLength(sent);
  });

  it("an answer from before a stroke that was stored meanwhile is asked for again", async () => {
    const scene = createScene();
    const fetched = [
      { bytes: bytes(1), annotation: loaded },
      { bytes: bytes(10), annotation: { ...loaded, revisionId: 8 } },
    ];
    void scene.queue.pushStroke(1, bytes(10));
    let arrive = (): void => undefined;
    type Fetched = { bytes: Uint8Array; annotation: AnnotationState };
    const fetch = () => new Promise<Fetched>((resolve) => (arrive = () => resolve(fetched.shift()!)));
    const shown = scene.queue.latest(1, fetch);
    scene.answers.shift()!();
    await scene.settle();
    arrive();
    await scene.settle();
    arrive();
    expect(await shown).toEqual(bytes(10));
    expect(scene.queue.annotation(1)?.revisionId).toBe(8);
  });
});
