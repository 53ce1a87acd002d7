/** @file The command line's way to the app: Hono's typed client on the API in the same process, no socket between. */
import { hc } from "hono/client";
import type { Api } from "../api/index.ts";
import type { ProblemFields } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";

export type Client = ReturnType<typeof createClient>;

/** A client whose failed requests throw the `Problem` they answered with. */
export function createClient(api: Api) {
  return hc<Api>("http://aliquot.localhost", {
    async fetch(...[target, init]: Parameters<typeof fetch>) {
      const response = await api.fetch(new Request(target, init));
      if (!response.ok) throw new Problem((await response.json()) as ProblemFields);
      return response;
    },
  }).api;
}

/** The JSON of an answer; refusals were thrown by the client before. */
export async function read<Fields>(answer: Promise<{ json(): Promise<Fields> }>): Promise<Fields> {
  return (await answer).json();
}
