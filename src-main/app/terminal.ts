/**
 * @file What the command line shows: the outcome on stdout, everything on the way to it on stderr.
 */
import { Problem } from "../problem/index.ts";

/** Seconds between lines of progress where no bar can be drawn. */
const LINE_SECONDS = 10;
const BAR_WIDTH = 24;

/** How far something is. */
export interface Progress {
  label: string;
  done: number;
  total: number;
  secondsLeft?: number | null;
  /** Short, e.g. the latest loss. */
  note?: string;
}

export class Terminal {
  /** One JSON document instead of text. */
  isJson = false;
  #hasBar = false;
  #lastLine = -Infinity;

  /** The outcome of the command, once. */
  outcome(fields: unknown, lines: string[]): void {
    this.#endBar();
    process.stdout.write(
      this.isJson ? `${JSON.stringify(fields, null, 2)}\n` : lines.map((line) => `${line}\n`).join(""),
    );
  }

  /** A remark on the way. */
  say(line: string): void {
    this.#endBar();
    process.stderr.write(`${line}\n`);
  }

  progress(progress: Progress): void {
    const text = progressText(progress);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      this.#hasBar = true;
      return;
    }
    const now = performance.now() / 1000;
    if (now - this.#lastLine < LINE_SECONDS) return;
    this.#lastLine = now;
    process.stderr.write(`${text}\n`);
  }

  /** A failure: a `Problem` in its own words, a bug with its stack. */
  failure(error: unknown): void {
    const message = error instanceof Problem ? error.message : String((error as Error | null)?.stack ?? error);
    this.say(message);
    if (!this.isJson) return;
    const title = "Something went wrong inside Aliquot.";
    const hint = "Report it with what was printed above.";
    const fields = error instanceof Problem ? error.toJSON() : { code: "run-failed", title, hint };
    process.stdout.write(`${JSON.stringify({ error: fields }, null, 2)}\n`);
  }

  #endBar(): void {
    if (this.#hasBar) process.stderr.write("\r\x1b[K");
    this.#hasBar = false;
  }
}

/** `train ████░░░░ 120/400 · 1 min 20 s left · loss 0.31`. */
export function progressText({ label, done, total, secondsLeft, note }: Progress): string {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const left = secondsLeft === null || secondsLeft === undefined ? null : `${durationText(secondsLeft)} left`;
  return [`${label} ${bar} ${done}/${total}`, left, note].filter(Boolean).join(" · ");
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** "1 case", "2 cases". */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
