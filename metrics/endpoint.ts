import type { HttpRequest } from "./types.ts";

/** More different paths than this are told as "other": each is a series for every method and status. */
const MAX_PATHS = 100;
const ID = /^(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=.*\d)[A-Za-z0-9_-]{20,})$/i;

/** The path of a request without its query, parts that look like ids as `:id`. */
export function pathPattern(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  return path
    .split("/")
    .map((part) => (ID.test(part) ? ":id" : part))
    .join("/");
}

/** The pattern that a framework has matched (Express: `baseUrl` and `route.path`). */
function routeOf(request: HttpRequest): string | undefined {
  const { route, baseUrl } = request as { readonly route?: { readonly path?: unknown }; readonly baseUrl?: unknown };
  if (typeof route?.path !== "string") return undefined;
  return `${typeof baseUrl === "string" ? baseUrl : ""}${route.path}`;
}

/** Names endpoints so that nobody who asks for many different paths can fill the memory. */
export function endpointNames(): (request: HttpRequest, status: number) => string {
  const known = new Set<string>();
  return (request, status) => {
    const route = routeOf(request);
    if (route !== undefined) return route;
    if (status === 404) return "unmatched";
    const pattern = pathPattern(request.url ?? "/");
    if (known.has(pattern)) return pattern;
    if (known.size >= MAX_PATHS || pattern.length > 200) return "other";
    known.add(pattern);
    return pattern;
  };
}
