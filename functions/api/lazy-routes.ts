import type { Context } from "hono";
import { routePath } from "hono/route";
import { Hono } from "hono/tiny";
import type { RouterRoute } from "hono/types";
import type { AppEnv } from "./context.ts";
import { missing } from "./methods.ts";

interface Routes {
  readonly routes: RouterRoute[];
}

/** The loaded part sees the request's own context as a binding. */
interface InnerEnv extends AppEnv {
  Bindings: { readonly outer: Context<AppEnv> };
}

/**
 * Routes that are loaded with the first request for one of them, so that a cold start does not pay for every noun there is. To typed
 * clients, and to whoever asks, they are as if they had been mounted; only `routes` of the app does not list them.
 */
export function lazyRoutes<T extends Routes>(
  base: string,
  onError: (error: Error, c: Context<AppEnv>) => Response,
  load: () => Promise<T>,
): T {
  let made: Promise<Hono<InnerEnv>> | undefined;
  const open = async (): Promise<Hono<InnerEnv>> => {
    const inner = new Hono<InnerEnv>();
    inner.use(async (c, next) => {
      const { outer } = c.env;
      c.set("principal", outer.get("principal"));
      c.set("trace", outer.get("trace"));
      try {
        await next();
      } finally {
        outer.set("route", routePath(c, -1));
      }
    });
    // Told here and not further out, so that what stands around a route (idempotency) sees the answer, as it does when mounted.
    inner.onError((error, c) => {
      c.env.outer.error = error;
      return onError(error, c as unknown as Context<AppEnv>);
    });
    inner.notFound((c) => missing(c, inner.routes));
    return inner.route(base, (await load()) as unknown as Hono<InnerEnv>);
  };
  const outer = new Hono<AppEnv>().all("*", async (c) => {
    made ??= open().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return (await made).fetch(c.req.raw, { outer: c });
  });
  return outer as unknown as T;
}
