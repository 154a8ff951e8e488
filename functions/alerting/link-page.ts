import { labelSetText } from "../../shared/core/alerting/fingerprint.ts";
import type { GroupState } from "../../shared/core/alerting/group-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { escaped, page } from "../link-answer.ts";
import { acknowledge } from "./acknowledge.ts";
import { alertingIn } from "./context.ts";
import { groupOfLink, type LinkAction, linkKey } from "./links.ts";
import { groupKeyIn } from "./open-group.ts";
import { silenceSet } from "./views-silences.ts";

type Query = { readonly [name: string]: string | undefined };

const LENGTHS = { "1h": 60, "4h": 240, "24h": 1_440 } as const;

/** The group a link is about, if the link is good. @throws HeadgateError `link.invalid`, `alert.unknown` */
async function opened(runtime: Runtime, tenant: string, action: LinkAction, query: Query) {
  const alerting = await alertingIn(runtime, tenant);
  const id = groupOfLink(await linkKey(alerting), action, query, runtime.now());
  const stored = await runtime.store.load(groupKeyIn(tenant, id));
  const state = stored?.state as unknown as GroupState | undefined;
  if (state?.status !== "open") throw new HeadgateError("alert.unknown", "what the link is about is over");
  return { id, state };
}

/** What is shown first: reading it does nothing, so that a program that previews links acknowledges nothing. */
export async function askPage(runtime: Runtime, tenant: string, action: LinkAction, query: Query): Promise<string> {
  const { state } = await opened(runtime, tenant, action, query);
  const about = `<p>Group <code>${escaped(labelSetText(state.identity.labels))}</code> for receiver <b>${escaped(state.identity.receiver)}</b>${state.ack ? `, acknowledged by ${escaped(state.ack.by)}` : ""}.</p>`;
  const lengths = Object.keys(LENGTHS)
    .map((length) => `<option>${length}</option>`)
    .join("");
  const choice = action === "silence" ? `<p><label>For <select name="for">${lengths}</select></label></p>` : "";
  const title = action === "ack" ? "Acknowledge these alerts?" : "Silence these alerts?";
  return page(
    title,
    `${about}<form method="post"><p><label>Your name <input name="by" maxlength="100" required></label></p><p><label>Comment <input name="comment" maxlength="500"></label></p>${choice}<p><button>${action === "ack" ? "Acknowledge" : "Silence"}</button></p></form>`,
  );
}

/** Does what the link is for. @throws HeadgateError `link.invalid`, `alert.unknown`, `silence.invalid` */
export async function actPage(
  runtime: Runtime,
  tenant: string,
  action: LinkAction,
  query: Query,
  form: URLSearchParams,
): Promise<string> {
  const { id, state } = await opened(runtime, tenant, action, query);
  const by = (form.get("by") ?? "").trim().slice(0, 100) || "somebody with the link";
  const comment = (form.get("comment") ?? "").slice(0, 500);
  if (action === "ack") {
    await acknowledge(runtime, tenant, { group: id, by: `${by} (link)`, comment });
    return page("Acknowledged", "<p>Repeats are held back until something new fires or all is resolved.</p>");
  }
  const labels = Object.entries(state.identity.labels);
  if (labels.length === 0)
    throw new HeadgateError("silence.invalid", "the group has no labels in common: a silence would hide everything");
  const length = form.get("for") ?? "1h";
  const minutes = Object.hasOwn(LENGTHS, length) ? LENGTHS[length as keyof typeof LENGTHS] : LENGTHS["1h"];
  const set = await silenceSet(
    runtime,
    tenant,
    {
      matchers: labels.map(([name, value]) => `${JSON.stringify(name)}=${JSON.stringify(value)}`),
      endsAt: Math.floor(runtime.now()) + minutes * MINUTE_MS,
      comment: comment || "silenced from a message",
    },
    by,
  );
  return page("Silenced", `<p>Until ${escaped(new Date(set.silence.endsAt).toISOString())}.</p>`);
}
