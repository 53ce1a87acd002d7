import { describe, expect, it } from "vitest";
import type { AnnotationState } from "../../../src-main/api/contract.ts";
import { createLabelMap, decodeLabelMap, encodeLabelMap } from "../../../src-main/voxels/index.ts";
import { type HeldMask, SaveQueue, type SaveQueueOptions } from "./save-queue.ts";

const loaded: AnnotationState = { revisionId: 7, origin: "drawn", canUndo: true, canRedo: false };
const bytes = (value: number) => new Uint8Array([value]);
const conflict = new Error("409");
const held = (annotation: AnnotationState, value = 0): HeldMask => ({ annotation, bytes: bytes(value) });

/** A queue over an app in memory that answers when told to. */
function createScene(options: Partial<SaveQueueOptions> = {}) {
  const scene = {
    log: [] as string[],
    answers: [] as (() => void)[],
    fail: null as Error | null,
    conflicts: [] as string[],
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
      mask: () => Promise.reject(new Error("nothing was changed elsewhere")),
      putMask: (frameId, base, body) => answer(`put ${frameId} ${base} ${body[0]}`),
      undo: (frameId, base) => answer(`undo ${frameId} ${base}`),
      redo: (frameId, base) => answer(`redo ${frameId} ${base}`),
    },
    judge: (error) => (error === conflict ? "conflict" : "retry"),
    wait: () => new Promise(() => undefined),
    onChange: () => undefined,
    onConflict: (_, what) => void scene.conflicts.push(what),
    ...options,
  });
  scene.queue.adopt(1, held(loaded));
  scene.queue.adopt(2, held(loaded));
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
    scene.queue.adopt(1, held({ ...loaded, revisionId: 3 }));
    expect(scene.queue.annotation(1)?.revisionId).toBe(7);
    expect(scene.queue.pending).toBe(1);
  });

  it("a step back that met a change made elsewhere is dropped alone, and said", async () => {
    const scene = createScene();
    scene.fail = conflict;
    expect(await scene.queue.undo(1)).toBeNull();
    await scene.settle();
    expect(scene.conflicts).toEqual(["stale"]);
    expect(scene.queue.state(1)).toEqual({ kind: "saved" });
  });

  it("what is refused waits, is sent again, and can be taken back from the last on", async () => {
    const scene = createScene({ judge: () => "refused" });
    scene.fail = new Error("no such class");
    void scene.queue.pushStroke(1, bytes(1));
    const last = scene.queue.pushStroke(1, bytes(2));
    await scene.settle();
    expect(scene.queue.state(1)).toEqual({ kind: "failed", pending: 2, error: scene.fail });
    expect(scene.queue.takeBack(1)).toEqual(bytes(1));
    expect(await last).toBeNull();
    expect(scene.queue.takeBack(1)).toEqual(bytes(0));
    expect(scene.queue.takeBack(1)).toBeNull();
    expect(scene.queue.overall).toEqual({ kind: "saved" });
    await scene.settle();
    scene.fail = null;
    void scene.queue.pushStroke(1, bytes(3));
    await scene.settle();
    expect(scene.log.at(-1)).toBe("put 1 7 3");
  });

  it("what may pass by itself cannot be taken back: it may be stored already", async () => {
    const scene = createScene();
    scene.fail = new Error("connection");
    void scene.queue.pushStroke(1, bytes(1));
    await scene.settle();
    expect(scene.queue.takeBack(1)).toBeNull();
    expect(scene.queue.pending).toBe(1);
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
    const fetched = [held(loaded, 1), held({ ...loaded, revisionId: 8 }, 10)];
    void scene.queue.pushStroke(1, bytes(10));
    let arrive = (): void => undefined;
    const fetch = () => new Promise<HeldMask>((resolve) => (arrive = () => resolve(fetched.shift()!)));
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

/** Strips of eight pixels, one digit each. */
const strip = (digits: string): Uint8Array<ArrayBuffer> =>
  encodeLabelMap({ ...createLabelMap(8, 1), data: Uint8Array.from(digits, Number) });
const textOf = (rle: Uint8Array): string => [...decodeLabelMap(rle).data].join("");

/** An app that two windows write to. */
function createApp() {
  const revisions = [{ revisionId: 0, bytes: new Uint8Array(), parent: -1 }];
  let head = 0;
  const state = (): AnnotationState => ({ revisionId: head, origin: "drawn", canUndo: head > 0, canRedo: false });
  const check = (base: number): void => {
    if (base !== head) throw conflict;
  };
  return {
    /** What each revision on the way to the head showed, the oldest first: all that undo reaches. */
    history(): string[] {
      const shown: string[] = [];
      for (let at = head; at > 0; at = revisions[at]!.parent) shown.unshift(textOf(revisions[at]!.bytes));
      return shown;
    },
    window() {
      const conflicts: string[] = [];
      const transport = {
        mask: async () => ({ bytes: revisions[head]!.bytes, annotation: state() }),
        putMask: async (_: number, base: number, rle: Uint8Array<ArrayBuffer>) => {
          check(base);
          revisions.push({ revisionId: revisions.length, bytes: rle, parent: head });
          head = revisions.length - 1;
          return state();
        },
        undo: async (_: number, base: number) => {
          check(base);
          head = revisions[head]!.parent;
          return state();
        },
        redo: () => Promise.reject(new Error("not asked for here")),
      };
      const queue = new SaveQueue({
        transport,
        judge: (error) => (error === conflict ? "conflict" : "retry"),
        wait: () => Promise.resolve(),
        onChange: () => undefined,
        onConflict: (_, what) => void conflicts.push(what),
      });
      return { queue, conflicts, load: () => queue.latest(1, transport.mask) };
    },
  };
}

describe("two windows on one frame", () => {
  it("strokes of both are stored: the later ones are drawn again on the earlier", async () => {
    const app = createApp();
    const [here, there] = [app.window(), app.window()];
    await Promise.all([here.load(), there.load()]);
    await here.queue.pushStroke(1, strip("11000000"));
    // Drawn without having seen that; the second takes a pixel of the first away again.
    void there.queue.pushStroke(1, strip("00002220"));
    await there.queue.pushStroke(1, strip("00002200"));
    await there.queue.settled();
    expect(app.history()).toEqual(["11000000", "11002220", "11002200"]);
    expect(there.conflicts).toEqual(["merged"]);
    expect(there.queue.overall).toEqual({ kind: "saved" });
    expect(textOf(await there.load())).toBe("11002200");
  });

  it("where both painted, the later stroke is seen and undo reaches the other", async () => {
    const app = createApp();
    const [here, there] = [app.window(), app.window()];
    await Promise.all([here.load(), there.load()]);
    await here.queue.pushStroke(1, strip("11110000"));
    await there.queue.pushStroke(1, strip("00222000"));
    expect(app.history()).toEqual(["11110000", "11222000"]);
  });

  it("a stroke on pixels that were undone elsewhere brings nothing back", async () => {
    const app = createApp();
    const [here, there] = [app.window(), app.window()];
    await here.load();
    await here.queue.pushStroke(1, strip("11000000"));
    await there.load();
    await here.queue.undo(1);
    await there.queue.pushStroke(1, strip("11000033"));
    expect(app.history()).toEqual(["00000033"]);
  });

  it("a stroke after a step back in the same window fits what is shown by then", async () => {
    const app = createApp();
    const here = app.window();
    await here.load();
    await here.queue.pushStroke(1, strip("11000000"));
    await here.queue.undo(1);
    // Drawn before the pixels of the step back were there.
    await here.queue.pushStroke(1, strip("11000033"));
    await here.queue.settled();
    expect(app.history()).toEqual(["00000033"]);
    expect(here.conflicts).toEqual(["merged"]);
  });
});
