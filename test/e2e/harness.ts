import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { consoleAsset, isConsolePath } from "../../local/console-assets.ts";
import { type World, world } from "../api/kit.ts";
import { launchChromium } from "./chromium.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** What the console is built from; of the rest of the repository it takes types only. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  const files = globSync("console/**/*", { cwd: ROOT, withFileTypes: true, exclude: ["console/dist"] })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .sort();
  for (const file of [...files, join(ROOT, "package-lock.json")]) hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** Builds the console as it is released, always from the present sources; the files of a run share what was built from the same ones. */
async function buildConsole(): Promise<string> {
  const cache = join(ROOT, "node_modules", ".cache", "console-e2e");
  const built = join(cache, sourcesHash());
  if (existsSync(built)) return built;
  mkdirSync(cache, { recursive: true });
  for (const old of globSync("*", { cwd: cache }))
    if (!old.startsWith("making-")) rmSync(join(cache, old), { recursive: true });
  const dir = mkdtempSync(join(cache, "making-"));
  const { build } = await import("vite");
  await build({
    configFile: join(ROOT, "console", "vite.config.ts"),
    logLevel: "silent",
    build: { outDir: dir, emptyOutDir: true },
  });
  try {
    renameSync(dir, built);
  } catch {
    // Another worker was faster; its build is as good.
    rmSync(dir, { recursive: true, force: true });
  }
  return built;
}

/** The real API over a control plane in memory, with the console before it, on a port of this machine. */
export interface Site {
  readonly world: World;
  readonly url: string;
  /** Takes the API away: the port is closed and every connection cut. */
  goAway(): Promise<void>;
  /** The same port answers again. */
  comeBack(): Promise<void>;
  /** Methods and paths that were asked for, with their idempotency keys. */
  readonly asked: { readonly method: string; readonly path: string; readonly key: string | null }[];
}

export async function serveSite(dist: string, made: World): Promise<Site> {
  const asked: { method: string; path: string; key: string | null }[] = [];
  let server: Server | undefined;
  let port = 0;
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (!isConsolePath(request.method, pathname)) {
      asked.push({ method: request.method, path: pathname, key: request.headers.get("idempotency-key") });
      return made.app.fetch(request);
    }
    // With the headers it has at home: a style or script its policy refuses is a complaint of the page.
    return consoleAsset(dist, pathname);
  };
  const listen = async () => {
    const next = createAdaptorServer({ fetch: answer }) as Server;
    await new Promise<void>((resolve, reject) => {
      next.once("error", reject);
      next.listen(port, "127.0.0.1", resolve);
    });
    port = (next.address() as AddressInfo).port;
    server = next;
  };
  await listen();
  return {
    world: made,
    url: `http://127.0.0.1:${port}`,
    asked,
    comeBack: listen,
    goAway: async () => {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = new Promise((resolve) => closing.close(resolve));
      closing.closeAllConnections();
      await closed;
    },
  };
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
}

/**
 * One browser and one build for a test file. After each test its pages are closed, its sites are taken down, and whatever
 * a page complained about (an exception, a refused style or script) fails the test.
 */
export function useBrowser() {
  let browser: Browser | undefined;
  let dist = "";
  const contexts: BrowserContext[] = [];
  const sites: Site[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    [browser, dist] = await Promise.all([launchChromium(), buildConsole()]);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) {
      // An answer may still be on its way through a route of the test.
      await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: "ignoreErrors" })));
      await context.close();
    }
    await Promise.all(sites.splice(0).map((site) => site.goAway()));
    const heard = complaints;
    complaints = [];
    if (heard.length > 0) throw new Error(`the page complained: ${heard.join("; ")}`);
  });
  afterAll(async () => {
    await browser?.close();
  });

  return {
    dist: () => dist,
    site: async (options: Parameters<typeof world>[0] = {}): Promise<Site> => {
      const site = await serveSite(dist, await world({ heartbeatMs: 500, ...options }));
      sites.push(site);
      return site;
    },
    /** Before a control plane that was made elsewhere. */
    siteOf: async (made: World): Promise<Site> => {
      const site = await serveSite(dist, made);
      sites.push(site);
      return site;
    },
    page: async (options: OpenOptions = {}): Promise<Page> => {
      if (browser === undefined) throw new Error("no browser");
      const { width = 1280, height = 900, theme = "light" } = options;
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        locale: "en-GB",
        timezoneId: "UTC",
      });
      context.setDefaultTimeout(10_000);
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        // A request that finds nobody, or is refused, is told by the browser itself; what the page makes of it is what is tested.
        if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text()))
          complaints.push(message.text());
      });
      return page;
    },
  };
}
