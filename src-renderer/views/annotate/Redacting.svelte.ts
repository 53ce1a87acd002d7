/** @file Writing in the pixels of the frame on screen: what is known of it, and how it is redacted or called clean. */
import type { BurnedInDetail, FrameScope, RedactionReport } from "../../../src-main/api/contract.ts";
import type { Easel } from "../../canvas/easel.svelte.ts";
import { texts } from "../../texts/index.ts";
import type { Workspace } from "../../workspace.svelte.ts";

export class RedactingState {
  /** Of the frame on screen; null while it is fetched. */
  detail = $state.raw<BurnedInDetail | null>(null);
  scope = $state<FrameScope>("frame");
  isConfirming = $state(false);
  isRunning = $state(false);

  readonly #workspace: Workspace;
  readonly #easel: Easel;
  /** Shows the pixels of a frame anew. */
  readonly #reload: (frameId: number) => Promise<void>;
  #asked: number | null = null;

  constructor(workspace: Workspace, easel: Easel, reload: (frameId: number) => Promise<void>) {
    this.#workspace = workspace;
    this.#easel = easel;
    this.#reload = reload;
  }

  /** Frames that the scope takes. */
  readonly frameCount = $derived.by(() =>
    this.scope === "frame" || this.detail === null ? 1 : this.detail.frames[this.scope],
  );
  readonly canApply = $derived.by(
    () =>
      this.detail !== null &&
      !this.isRunning &&
      !this.#workspace.isReadOnly &&
      this.#easel.redaction.rectangles.length > 0,
  );

  /** Fetches what is known of a frame; what was drawn for another one is dropped. */
  async load(frameId: number | null): Promise<void> {
    this.#asked = frameId;
    this.detail = null;
    this.scope = "frame";
    this.isConfirming = false;
    this.#easel.redaction.reset([]);
    if (frameId === null) return;
    await this.#workspace.attempt(async () => {
      const detail = await this.#workspace.client.burnedIn(frameId);
      if (this.#asked !== frameId) return;
      this.detail = detail;
      this.#easel.redaction.reset(detail.regions);
    });
  }

  /** Asks for the confirmation that a redaction needs. */
  confirm(): void {
    if (this.canApply) this.isConfirming = true;
  }

  /** Removes the pixels for good. `isReviewed`: the person has looked at all frames of the scope. */
  async apply(isReviewed: boolean): Promise<void> {
    const { detail, scope } = this;
    if (detail === null || !this.canApply) return;
    const { rectangles, fill } = this.#easel.redaction;
    this.isConfirming = false;
    this.isRunning = true;
    const { client } = this.#workspace;
    const request = { rectangles: [...rectangles], fill, scope, reviewed: isReviewed };
    const report = await this.#workspace.attempt(() => client.redact(detail.frameId, request));
    this.isRunning = false;
    this.#workspace.redacting = null;
    this.#workspace.frameCache.clear();
    // Also after trouble: files that were done before it are redacted.
    await this.#workspace.attempt(() => this.#workspace.reloadFrames());
    if (this.#asked === detail.frameId) {
      await Promise.all([this.#reload(detail.frameId), report === undefined ? null : this.load(detail.frameId)]);
    }
    if (report !== undefined) this.#tell(report);
  }

  cancel(): void {
    const { redacting, client } = this.#workspace;
    if (redacting !== null) void this.#workspace.attempt(() => client.cancelRedaction(redacting.redactionId));
  }

  /** The person looked and found no writing; or takes that back. */
  async review(isReviewed: boolean): Promise<void> {
    const { detail, scope } = this;
    if (detail === null || this.#workspace.isReadOnly || this.isRunning) return;
    await this.#workspace.attempt(async () => {
      await this.#workspace.client.reviewBurnedIn(detail.frameId, isReviewed, scope);
      await this.#workspace.reloadFrames();
      if (this.#asked === detail.frameId) await this.load(detail.frameId);
    });
  }

  #tell({ redacted, refused, cancelled }: RedactionReport): void {
    const t = texts.redaction;
    this.#workspace.notices.add({ tone: "news", title: (cancelled ? t.cancelled : t.done)(redacted) });
    for (const { problem } of refused.slice(0, 3)) this.#workspace.notices.add({ tone: "trouble", ...problem });
    if (refused.length > 3) this.#workspace.notices.add({ tone: "trouble", title: t.moreRefused(refused.length - 3) });
  }
}
