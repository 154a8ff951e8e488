import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { linkSecretValue, linksEnd, signedLink, subjectOfLink } from "../signed-link.ts";
import type { Alerting } from "./context.ts";

/** What a link in a message lets its reader do, about one group. */
export type LinkAction = "ack" | "silence";

/** The key links are signed with; undefined: there are no links. @throws Error where the reference leads nowhere */
export const linkKey = ({ config }: Alerting): Promise<string | undefined> => linkSecretValue(config.linkSecret);

/** Why messages have no links though a secret for them is named; undefined: nothing is wrong. */
export async function linkTrouble(linkSecret: string | undefined): Promise<string | undefined> {
  if (linkSecret === undefined) return undefined;
  try {
    return (await linkSecretValue(linkSecret)) ? undefined : "the secret is empty: messages have no links";
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}: messages have no links`;
  }
}

/** Address of a link: whoever has it may do this one thing, about this one group, until it runs out. */
export const linkTo = (
  key: string,
  base: string,
  {
    group,
    ...link
  }: { readonly action: LinkAction; readonly tenant: string; readonly group: string; readonly until: Millis },
): string => signedLink(key, base, { noun: "alerting", subject: group, ...link });

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
    const until = linksEnd(runtime.now());
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
export const groupOfLink = (
  key: string | undefined,
  action: LinkAction,
  query: { readonly [name: string]: string | undefined },
  now: Millis,
): string => subjectOfLink(key, { noun: "alerting", action }, query, now);
