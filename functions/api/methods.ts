import type { RouterRoute } from "hono/types";

/** Methods that have a route for this path, so that a wrong method can be told from a wrong address. */
export function allowedMethods(app: { readonly routes: readonly RouterRoute[] }, path: string): readonly string[] {
  const parts = path.split("/");
  const methods = new Set<string>();
  for (const route of app.routes) {
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
