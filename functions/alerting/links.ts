import { createHmac, timingSafeEqual } from "node:crypto";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, type Millis } from "../../shared/core/kernel/time.ts";
import { secrets } from "../../shared/edge/notify/secrets.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { ssmParameter } from "../ssm-parameter.ts";
import type { Alerting } from "./context.ts";

/** What a link in a message lets its reader do, about one group. */
export type LinkAction = "ack" | "silence";

/** A link is good for so long: as long as anybody would still act on a message. */
const GOOD_MS = 7 * DAY_MS;
/** Links of one hour are the same, so that a repeated message is the same as well. */
const ROUND_MS = 3_600_000;

const known = secrets({ env: process.env, baseDir: ".", parameter: ssmParameter });

/** The key links are signed with; undefined: there are no links. @throws Error where the reference leads nowhere */
export async function linkKey({ config }: Alerting): Promise<string | undefined> {
  if (config.linkSecret === undefined) return undefined;
  return (await known.value(config.linkSecret)) || undefined;
}

/** Why messages have no links though a secret for them is named; undefined: nothing is wrong. */
export async function linkTrouble(linkSecret: string | undefined): Promise<string | undefined> {
  if (linkSecret === undefined) return undefined;
  try {
    return (await known.value(linkSecret)) ? undefined : "the secret is empty: messages have no links";
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}: messages have no links`;
  }
}

const signature = (key: string, parts: readonly (string | number)[]): string =>
  createHmac("sha256", key).update(JSON.stringify(parts)).digest("base64url");

/** Address of a link: whoever has it may do this one thing, about this one group, until it runs out. */
export function linkTo(
  key: string,
  base: string,
  {
    action,
    tenant,
    group,
    until,
  }: { readonly action: LinkAction; readonly tenant: string; readonly group: string; readonly until: Millis },
): string {
  const query = new URLSearchParams({
    t: tenant,
    g: group,
    e: `${until}`,
    s: signature(key, [action, tenant, group, until]),
  });
  return `${base.replace(/\/+$/, "")}/hooks/alerting/${action}?${query}`;
}

/** Links for a message about a group; undefined without `publicUrl` or `linkSecret`, or where the secret cannot be read. */
export async function linksOf(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  group: string,
): Promise<{ readonly ack: string; readonly silence: string } | undefined> {
  const { publicUrl } = alerting.config;
  if (publicUrl === undefined || alerting.config.linkSecret === undefined) return undefined;
  try {
    const key = await linkKey(alerting);
    if (key === undefined) return undefined;
    const until = Math.ceil((runtime.now() + GOOD_MS) / ROUND_MS) * ROUND_MS;
    const to = (action: LinkAction) => linkTo(key, publicUrl, { action, tenant, group, until });
    return { ack: to("ack"), silence: to("silence") };
  } catch (error) {
    // A message without links is better than none.
    runtime.telemetry.log("warn", "no links in messages", {
      error: error instanceof Error ? error.message : String(error),
    });
    return undefined;
  }
}

/** The group of a link that is genuine and still good. @throws HeadgateError `link.invalid`, the same for whatever is wrong with it */
export function groupOfLink(
  key: string | undefined,
  action: LinkAction,
  query: { readonly [name: string]: string | undefined },
  now: Millis,
): string {
  const { t: tenant = "", g: group = "", e = "", s = "" } = query;
  const until = /^\d{1,16}$/.test(e) ? Number(e) : 0;
  const [given, wanted] = [
    Buffer.from(s),
    Buffer.from(key === undefined ? "" : signature(key, [action, tenant, group, until])),
  ];
  const genuine = key !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted);
  if (genuine && until > now) return group;
  throw new HeadgateError("link.invalid", "the link is not genuine, or it has run out");
}
