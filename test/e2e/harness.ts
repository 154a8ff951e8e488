import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

/** Builds the console as it is released, into a folder of its own: always from the present sources. */
export async function buildConsole(): Promise<string> {
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "console-e2e-"));
  const { build } = await import("vite");
  await build({
    configFile: join(ROOT, "console", "vite.config.ts"),
    logLevel: "silent",
    build: { outDir: dir, emptyOutDir: true },
  });
  return dir;
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
    if (dist !== "") rmSync(dist, { recursive: true, force: true });
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
