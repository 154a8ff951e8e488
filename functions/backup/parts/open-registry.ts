import { type Registry, schemaRegistry } from "../../../shared/edge/schema-registry.ts";
import type { PartContext } from "./types.ts";

/** Calls at a time: a registry is small, and read by everybody else as well. */
export const AT_ONCE = 8;

/** The registry of a cluster; undefined where it has none. Rejects where its password cannot be read. */
export async function openRegistry(
  context: Pick<PartContext, "http" | "secret">,
  settings: NonNullable<PartContext["cluster"]>["registry"],
): Promise<Registry | undefined> {
  if (!settings) return undefined;
  const { url, username, password } =
    "username" in settings || "password" in settings ? settings : { url: settings.url };
  return schemaRegistry({
    ...{ http: context.http, url },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: await context.secret(password) }),
  });
}
