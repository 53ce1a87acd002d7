// Builds only when a source is newer than the build, so that a second `npm start` opens at once.
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const newest = (folder) =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );

const built = statSync("out/renderer/index.html", { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = Math.max(
  ...["src-main", "src-preload", "src-renderer"].map(newest),
  ...["package-lock.json", "electron.vite.config.ts"].map((file) => statSync(file).mtimeMs),
);
if (sources > built) {
  console.error("Building Aliquot…");
  execFileSync(process.execPath, ["node_modules/electron-vite/bin/electron-vite.js", "build", "--logLevel", "warn"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
