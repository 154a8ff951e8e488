import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/** Who says it: the key's owner, and the person or process where one key serves several. */
export const speaker = (c: Context<AppEnv>, by: string | undefined): string => {
  const { name } = c.get("principal");
  return by === undefined || by === name ? name : `${by} (${name})`;
};
