/** @file The stream of GET /api/events. Tells when it breaks, and connects again until closed. */
import type { EventMap } from "../../src-main/api/contract.ts";

type Listeners = { [Name in keyof EventMap]: (data: EventMap[Name]) => void };

export interface EventStreamOptions {
  address?: string;
  listeners: Listeners;
  onConnected: () => void;
  onLost: () => void;
}

/** Between attempts, where the browser itself has given up. */
const RETRY_MS = 1500;

export class EventStream {
  #options: EventStreamOptions;
  #source: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#connect();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  #connect(): void {
    const { address = "/api/events", listeners, onConnected, onLost } = this.#options;
    const source = new EventSource(address);
    this.#source = source;
    source.onopen = onConnected;
    source.onerror = () => {
      onLost();
      // A refused request (say, while the app restarts) closes the source for good: only then it is on us.
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
    };
    const listen = <Name extends keyof EventMap>(name: Name): void => {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        listeners[name](JSON.parse(event.data) as EventMap[Name]);
      });
    };
    // All of them: the type of the listeners lets none be forgotten.
    for (const name of Object.keys(listeners) as (keyof EventMap)[]) listen(name);
  }
}
