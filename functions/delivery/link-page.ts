import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { escaped, notGenuine, page } from "../link-answer.ts";
import { linkSecretValue, subjectOfLink } from "../signed-link.ts";
import { rolloutKey, rolloutState } from "./rollout.ts";
import { deliverySettings } from "./settings.ts";
import type { DeliveryLink } from "./tell.ts";
import { commandView } from "./work.ts";

type Query = { readonly [name: string]: string | undefined };

/** The rollout a link is about, if the link is good. @throws HeadgateError `link.invalid`, `rollout.unknown` where it is over */
async function opened(runtime: Runtime, tenant: string, action: DeliveryLink, query: Query) {
  const named = /^([^/]{1,200})\/([^/]{1,100})$/.exec(query["g"] ?? "");
  if (!named) throw notGenuine();
  // What the link names is only used to find the secret of its tenant: the signature says whether it is true.
  const { links } = await deliverySettings(runtime, tenant, "any");
  const subject = subjectOfLink(
    await linkSecretValue(links?.secret),
    { noun: "delivery", action },
    query,
    runtime.now(),
  );
  const [service = "", id = ""] = subject.split("/");
  const current = rolloutState(await runtime.store.load(rolloutKey(tenant, service)))?.current;
  if (current?.id !== id) throw new HeadgateError("rollout.unknown", "the rollout that the link is about is over");
  return { service, current };
}

const TITLES: Readonly<Record<DeliveryLink, readonly [ask: string, button: string, done: string]>> = {
  approve: ["Approve this rollout?", "Approve", "Approved"],
  abort: ["Abort this rollout?", "Abort and roll back", "Aborted"],
};

/** What is shown first: reading it does nothing, so that a program that previews links approves nothing. */
export async function askPage(runtime: Runtime, tenant: string, action: DeliveryLink, query: Query): Promise<string> {
  const { service, current } = await opened(runtime, tenant, action, query);
  const { release, from, phase, verdict, steps, step } = current;
  const [title, button] = TITLES[action];
  const percent = steps[step]?.percent;
  const share = percent === undefined ? "" : `, with ${percent} % of the traffic`;
  const said = verdict ? `<p>The gate: ${escaped(verdict.text)}</p>` : "";
  return page(
    title,
    `<p><b>${escaped(service)}</b>: <code>${escaped(release.version)}</code>${from === undefined ? "" : ` instead of <code>${escaped(from)}</code>`}, ${escaped(phase)}${share}.</p>${said}<form method="post"><p><label>Your name <input name="by" maxlength="100" required></label></p><p><label>Why <input name="why" maxlength="500"></label></p><p><button>${button}</button></p></form>`,
  );
}

/** Does what the link is for. @throws HeadgateError `link.invalid`, `rollout.unknown`, `rollout.conflict` */
export async function actPage(
  runtime: Runtime,
  tenant: string,
  action: DeliveryLink,
  query: Query,
  form: URLSearchParams,
): Promise<string> {
  const { service, current } = await opened(runtime, tenant, action, query);
  const by = (form.get("by") ?? "").trim().slice(0, 100) || "somebody with the link";
  const why = (form.get("why") ?? "").slice(0, 500);
  const done = await commandView(runtime, tenant, service, {
    command: action,
    id: current.id,
    by: `${by} (link)`,
    why,
  });
  return page(TITLES[action][2], `<p>${escaped(done.text)}</p>`);
}
