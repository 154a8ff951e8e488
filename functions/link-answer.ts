import type { Context } from "hono";
import { HeadgateError } from "../shared/core/kernel/errors.ts";

/** Told alike whatever was wrong with a link, so that nobody learns it. */
export const notGenuine = () => new HeadgateError("link.invalid", "the link is not genuine, or it has run out");

/** The tenant a link names. The signature is checked with the tenant's own secret, so naming another one opens nothing. */
export function tenantOfLink(c: Context, otherwise: string): string {
  const tenant = c.req.query("t") ?? otherwise;
  if (!/^[a-z0-9-]{1,40}$/.test(tenant)) throw notGenuine();
  return tenant;
}

/** A page that nobody keeps and that tells nobody where its reader came from. */
export function html(c: Context, text: string): Response {
  c.header("Content-Type", "text/html; charset=utf-8");
  c.header("Cache-Control", "no-store");
  c.header("Referrer-Policy", "no-referrer");
  return c.body(text);
}

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A whole page. The title is plain text, the body is HTML. */
export const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escaped(title)}</title><body><main><h1>${escaped(title)}</h1>${body}</main></body></html>`;
