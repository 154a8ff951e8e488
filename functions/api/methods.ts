import type { Context } from "hono";
import type { RouterRoute } from "hono/types";
import { problem } from "./problems.ts";

/** Methods that have a route for this path, so that a wrong method can be told from a wrong address. */
function allowedMethods(routes: readonly RouterRoute[], path: string): readonly string[] {
  const parts = path.split("/");
  const methods = new Set<string>();
  for (const route of routes) {
    if (route.method === "ALL") continue;
    const pattern = route.path.split("/");
    if (
      pattern.length === parts.length &&
      pattern.every((part, index) => part.startsWith(":") || part === parts[index])
    ) {
      methods.add(route.method);
    }
  }
  return [...methods].sort();
}

/** What is answered where none of the routes fits: no such address, or not with this method. */
export function missing(c: Context, routes: readonly RouterRoute[]): Response {
  const methods = allowedMethods(routes, c.req.path);
  if (methods.length === 0) return problem(c, "route.unknown", `there is nothing at ${c.req.path.slice(0, 200)}`);
  c.header("Allow", methods.join(", "));
  return problem(c, "route.method", `${c.req.method} is not allowed here; ${methods.join(", ")} is`);
}
