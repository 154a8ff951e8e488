import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium as launcher } from "playwright-core";

const ROOT = join(import.meta.dirname, "..", "..");
const CACHE = join(ROOT, "node_modules", ".cache", "headgate-chromium");

/**
 * Flags the package wants for functions, and a test does not: one process for everything is less stable, and a page
 * without web security would hide what a real browser refuses.
 */
const UNWANTED =
  /^--(single-process|disable-web-security|allow-running-insecure-content|headless|disable-features|use-gl|use-angle|enable-unsafe-swiftshader)/;

/**
 * Unpacks the browser that came with npm, once per version: into a folder aside that is then put in place, so that two
 * test files starting together do not run half a browser. Nothing is downloaded and nothing of the system is needed:
 * the package also brings the libraries (nss, nspr, expat) and a font.
 */
async function unpack(): Promise<string> {
  const { version } = JSON.parse(
    readFileSync(
      createRequire(import.meta.url)
        .resolve("@sparticuz/chromium")
        .replace(/build.*$/, "package.json"),
      "utf8",
    ),
  ) as { version: string };
  const folder = join(CACHE, version);
  if (existsSync(join(folder, "chromium"))) return folder;
  const aside = join(CACHE, `${version}-${process.pid}`);
  mkdirSync(aside, { recursive: true });
  const before = { ...process.env };
  try {
    // The package unpacks into the folder for temporary files, and its libraries only where it believes to be a function.
    process.env["TMPDIR"] = aside;
    process.env["AWS_EXECUTION_ENV"] = "AWS_Lambda_nodejs24.x";
    const { default: chromium } = await import("@sparticuz/chromium");
    await chromium.executablePath();
  } finally {
    for (const name of ["TMPDIR", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "HOME"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  try {
    renameSync(aside, folder);
  } catch {
    // Another process was faster; its folder is as good.
    rmSync(aside, { recursive: true, force: true });
  }
  return folder;
}

/** Starts the browser; where the system lacks its libraries, with those that came with it. */
export async function launchChromium(): Promise<Browser> {
  const folder = await unpack();
  const executablePath = join(folder, "chromium");
  const fonts = join(folder, "fonts.conf");
  writeFileSync(
    fonts,
    `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir><alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias></fontconfig>`,
  );
  const env = { ...(process.env as Record<string, string>), FONTCONFIG_FILE: fonts };
  const starts = spawnSync(executablePath, ["--version"], { env }).status === 0;
  const { default: chromium } = await import("@sparticuz/chromium");
  return launcher.launch({
    executablePath,
    args: [...chromium.args.filter((flag) => !UNWANTED.test(flag)), "--disable-gpu"],
    env: starts ? env : { ...env, LD_LIBRARY_PATH: join(folder, "al2023", "lib") },
  });
}
