/** @file The messages on the screen. */

export interface Notice {
  id: number;
  tone: "news" | "trouble";
  title: string;
  detail?: string;
  hint?: string;
  /** What can be done about it; the notice goes once it is done. */
  action?: { label: string; run: () => void };
}

/** Long enough to read a short sentence twice. */
const NEWS_MS = 5000;
/** And to go for its button. */
const NEWS_WITH_ACTION_MS = 15_000;
/** More than these would cover the work. */
const MOST = 4;

export class NoticeBoard {
  notices = $state.raw<readonly Notice[]>([]);
  #nextId = 1;

  add(notice: Omit<Notice, "id">): void {
    const isRepeated = (other: Notice): boolean => other.title === notice.title && other.detail === notice.detail;
    const id = this.#nextId++;
    this.notices = [...this.notices.filter((other) => !isRepeated(other)), { ...notice, id }].slice(-MOST);
    if (notice.tone === "news") {
      setTimeout(() => this.dismiss(id), notice.action === undefined ? NEWS_MS : NEWS_WITH_ACTION_MS);
    }
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }
}
