import { concealPrinted } from "../../shared/core/kernel/printed.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { conceal } from "../../shared/edge/notify/conceal.ts";
import { LOCAL_STAGE, type Runtime } from "../../shared/shell/runtime.ts";

/** What a hook answers with is shown; more of it is not read. */
const MOST_BYTES = 65_536;
const MOST_SHOWN = 300;

export interface HookAsk {
  /** Which of the rollout's hooks: smoke, beforeTraffic, beforeStep, beforePromotion. */
  readonly hook: string;
  /** `$address` stands for the address of one ready instance of the new version. */
  readonly url: string;
  /** Real ms. */
  readonly timeoutMs: number;
  readonly service: string;
  readonly version: string;
  readonly rollout: string;
  /** Of one ready instance of the new version. */
  readonly address?: string;
}

const status = (value: number, detail: string): Pick<ActionResult, "status" | "detail" | "values"> => ({
  status: "done",
  detail,
  values: { status: value, text: detail },
});

/**
 * Asks one hook by POST with `{service, version, rollout, phase, address}`. Never throws: whoever does not answer has the status 0 and is
 * asked again later. Deployed, an address of the machine itself or of the cloud's metadata is refused, also where a name leads there.
 */
export async function askHook(
  runtime: Runtime,
  { hook, url: given, timeoutMs, service, version, rollout, address }: HookAsk,
): Promise<Pick<ActionResult, "status" | "detail" | "values">> {
  if (given.includes("$address") && address === undefined) return status(0, `no instance of ${version} is ready`);
  const text = given.replaceAll("$address", (address ?? "").replace(/\/+$/, ""));
  // "http://$address/smoke" is what somebody may well write, and addresses have a scheme.
  const url = text.replace(/^https?:\/\/(?=https?:\/\/)/, "");
  if (!URL.canParse(url)) return status(0, `${hook}: its address cannot be used`);
  // What is asked may say back how it was asked.
  const { username, password, searchParams } = new URL(url);
  const hidden = (detail: string) => conceal(concealPrinted(detail), [username, password, ...searchParams.values()]);
  const allowLocal = (runtime.stage ?? LOCAL_STAGE) === LOCAL_STAGE;
  const body = JSON.stringify({
    service,
    version,
    rollout,
    phase: hook,
    ...(address === undefined ? {} : { address }),
  });
  try {
    const reply = await httpClient({ allowLocal })({
      method: "POST",
      url: new URL(url),
      headers: { "content-type": "application/json", accept: "application/json, text/plain", "user-agent": "headgate" },
      body,
      timeoutMs,
      maxBytes: MOST_BYTES,
    });
    const said = reply.body.replace(/\s+/g, " ").trim().slice(0, MOST_SHOWN);
    return status(reply.status, hidden(`${hook} answered ${reply.status}${said === "" ? "" : `: ${said}`}`));
  } catch (error) {
    return status(0, hidden(`${hook}: ${error instanceof Error ? error.message : String(error)}`));
  }
}
