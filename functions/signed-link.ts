import { createHmac } from "node:crypto";
import { DAY_MS, type Millis } from "../shared/core/kernel/time.ts";
import { secrets } from "../shared/edge/notify/secrets.ts";
import { notGenuine } from "./link-answer.ts";
import { sameSecret } from "./same-secret.ts";
import { ssmParameter } from "./ssm-parameter.ts";

/** A link is good for so long: as long as anybody would still act on a message. */
const GOOD_MS = 7 * DAY_MS;
/** Links of one hour are the same, so that a repeated message is the same as well. */
const ROUND_MS = 3_600_000;

const known = secrets({ env: process.env, baseDir: ".", parameter: ssmParameter });

/** What a link in a message lets its reader do: this one thing, about this one subject, until it runs out. */
export interface SignedLink {
  /** Noun below /hooks that takes it, such as "alerting". */
  readonly noun: string;
  /** Last part of its address, such as "ack". */
  readonly action: string;
  readonly tenant: string;
  readonly subject: string;
  readonly until: Millis;
}

/** The key links are signed with; undefined: there are no links. @throws Error where the reference leads nowhere */
export async function linkSecretValue(reference: string | undefined): Promise<string | undefined> {
  if (reference === undefined) return undefined;
  return (await known.value(reference)) || undefined;
}

/** When links of messages that are sent now run out. */
export const linksEnd = (now: Millis): Millis => Math.ceil((now + GOOD_MS) / ROUND_MS) * ROUND_MS;

/** Links of alerting were the first, and are signed without their noun. */
const signed = ({ noun, action, tenant, subject, until }: SignedLink): string =>
  JSON.stringify(
    noun === "alerting" ? [action, tenant, subject, until] : [`${noun}/${action}`, tenant, subject, until],
  );

const signature = (key: string, link: SignedLink): string =>
  createHmac("sha256", key).update(signed(link)).digest("base64url");

/** Address of a link; whoever has it may use it. */
export function signedLink(key: string, base: string, link: SignedLink): string {
  const { noun, action, tenant, subject, until } = link;
  const query = new URLSearchParams({ t: tenant, g: subject, e: `${until}`, s: signature(key, link) });
  return `${base.replace(/\/+$/, "")}/hooks/${noun}/${action}?${query}`;
}

/** The subject of a link that is genuine and still good. @throws HeadgateError `link.invalid`, the same for whatever is wrong with it */
export function subjectOfLink(
  key: string | undefined,
  { noun, action }: Pick<SignedLink, "noun" | "action">,
  query: { readonly [name: string]: string | undefined },
  now: Millis,
): string {
  const { t: tenant = "", g: subject = "", e = "", s = "" } = query;
  const until = /^\d{1,16}$/.test(e) ? Number(e) : 0;
  const genuine = key !== undefined && sameSecret(s, signature(key, { noun, action, tenant, subject, until }));
  if (genuine && until > now) return subject;
  throw notGenuine();
}
