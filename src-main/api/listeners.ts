/**
 * @file Who wants to hear of what happens in a session.
 */
import type { EventMap } from "./contract.ts";

/** One event of `EventMap` with its type. */
export type SessionEvent = { [Type in keyof EventMap]: { type: Type; data: EventMap[Type] } }[keyof EventMap];

/** A list of listeners, each told every event in order. */
export class Listeners {
  readonly #listeners = new Set<(event: SessionEvent) => void>();

  /** Returns the function that takes the listener off again. */
  on(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: SessionEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
