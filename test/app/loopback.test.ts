import { request } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Loopback, serveLoopback } from "../../src-main/app/loopback.ts";
import { createSite } from "../../src-main/app/site.ts";
import { openSession, temporaryFolder } from "../api/fixture.ts";

/** A page and a script, standing for the built interface. */
export function writeRenderer(): string {
  const folder = join(temporaryFolder(), "renderer");
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Aliquot</title>");
  writeFileSync(join(folder, "assets", "main.js"), "export {};");
  writeFileSync(join(folder, "..", "secret.txt"), "secret");
  return folder;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Plain HTTP with any header: fetch would not let a test lie about Host. */
function ask(
  { origin }: Loopback,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

async function serve(): Promise<Loopback> {
  const { api } = openSession();
  const loopback = await serveLoopback(createSite({ api, rendererFolder: writeRenderer() }));
  onTestFinished(() => loopback.close());
  return loopback;
}

test("the printed address lets a browser in by a strict cookie and leaves no token behind", async () => {
  const loopback = await serve();
  const entered = await ask(loopback, `/?token=${loopback.token}`);
  expect(entered.status).toBe(303);
  expect(entered.headers["location"]).toBe("/");
  const [cookie] = entered.headers["set-cookie"] as string[];
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  const page = await ask(loopback, "/", { Cookie: cookie!.split(";")[0]! });
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining("<title>Aliquot</title>") as string });
  expect(page.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": expect.stringMatching(
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    ) as string,
  });
});

test.for([
  ["no token", "/api/session", {}],
  ["a wrong token", "/?token=wrong", {}],
  ["a wrong cookie", "/api/session", { Cookie: "aliquot-PORT=wrong" }],
  ["a cookie of another port", "/api/session", { Cookie: "aliquot-1=TOKEN" }],
  ["a wrong bearer", "/api/session", { Authorization: "Bearer wrong" }],
  ["a foreign Host", "/api/session", { Host: "evil.example", Authorization: "Bearer TOKEN" }],
  ["a Host of another port", "/api/session", { Host: "127.0.0.1:1", Authorization: "Bearer TOKEN" }],
  ["a foreign Host on the way in", "/?token=TOKEN", { Host: "evil.example" }],
  ["a foreign Origin", "/api/session", { Origin: "https://evil.example", Authorization: "Bearer TOKEN" }],
  ["an opaque Origin", "/api/session", { Origin: "null", Authorization: "Bearer TOKEN" }],
  ["a page without a token", "/", {}],
  [
    "a picture on a page of another port",
    "/api/session",
    { Cookie: "aliquot-PORT=TOKEN", "Sec-Fetch-Site": "same-site" },
  ],
  ["a script on a foreign page", "/api/session", { Cookie: "aliquot-PORT=TOKEN", "Sec-Fetch-Site": "cross-site" }],
] as [string, string, Record<string, string>][])("%s is refused", async ([, path, headers]) => {
  const loopback = await serve();
  const { port } = new URL(loopback.origin);
  const fill = (text: string) => text.replace("TOKEN", loopback.token).replace("PORT", port);
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
  const answer = await ask(loopback, fill(path), filled);
  expect(answer.status).toBe(403);
  expect(answer.body).not.toContain("version");
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test("a program with the token is let in under both names of the machine", async () => {
  const loopback = await serve();
  const { port } = new URL(loopback.origin);
  const Authorization = `Bearer ${loopback.token}`;
  for (const Host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
    const answer = await ask(loopback, "/api/session", { Host, Authorization, Origin: `http://${Host}` });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ project: null });
  }
});

test("the page itself and its reload are let in, as browsers mark them", async () => {
  const loopback = await serve();
  const Cookie = `aliquot-${new URL(loopback.origin).port}=${loopback.token}`;
  for (const [site, mode] of [
    ["same-origin", "cors"],
    ["none", "navigate"],
  ]) {
    const marked = { Cookie, "Sec-Fetch-Site": site!, "Sec-Fetch-Mode": mode! };
    expect((await ask(loopback, "/api/session", marked)).status).toBe(200);
  }
});

test("only files of the interface are served", async () => {
  const loopback = await serve();
  const Authorization = `Bearer ${loopback.token}`;
  const status = async (path: string, method?: string) => (await ask(loopback, path, { Authorization }, method)).status;
  expect(await status("/assets/main.js")).toBe(200);
  expect(await status("/../secret.txt")).toBe(404);
  expect(await status("/..%2fsecret.txt")).toBe(404);
  expect(await status("/%2e%2e/secret.txt")).toBe(404);
  expect(await status("/assets")).toBe(404);
  expect(await status("/%00")).toBe(404);
  expect(await status("/%zz")).toBe(404);
  expect(await status("/", "POST")).toBe(405);
});
