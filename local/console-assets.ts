import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Only what the console itself brings may run and style. (Scripts setting `element.style` are not inline styles.) */
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

const SERVER_PATH = /^\/(api|live|ready|health|metrics|openapi\.json|hooks|kayenta|ofrep|-)(\/|$)/;

/** Whether a request is for the console and not for the API. */
export function isConsolePath(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && !SERVER_PATH.test(path);
}

/** Where files are: at the root and in assets/. Anything deeper is a page, also that of a service called "a.js". */
const FILE = /^\/(assets\/.+|[^/]+)$/;

const head = (type: string, cache: string) => ({
  "content-type": type,
  "cache-control": cache,
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
});

/**
 * A file of the built console, or its page for any address of the console itself (they are resolved in the browser).
 * Nothing outside of `dir` is ever read.
 */
export async function consoleAsset(dir: string, path: string): Promise<Response> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return new Response("bad address\n", { status: 400 });
  }
  // Judged before decoding: "%2F" in a name is part of the name.
  const type = FILE.test(path) ? TYPES[extname(decoded)] : undefined;
  const file = normalize(join(dir, decoded));
  if (type !== undefined && !decoded.includes("\0") && file.startsWith(dir + sep)) {
    const body = await readFile(file).catch(() => undefined);
    // Names in assets/ carry a hash of their content.
    const cache = decoded.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    if (body) return new Response(new Uint8Array(body), { headers: head(type, cache) });
    return new Response("not found\n", { status: 404 });
  }
  const page = await readFile(join(dir, "index.html")).catch(() => undefined);
  if (page) return new Response(new Uint8Array(page), { headers: head(TYPES[".html"] as string, "no-cache") });
  return new Response(
    "The console is not built. The API is at /api/v1/services; build the console with: npm run build:console\n",
    {
      status: 503,
      headers: { "content-type": "text/plain; charset=utf-8" },
    },
  );
}
