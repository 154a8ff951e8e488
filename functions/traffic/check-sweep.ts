import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { decideCheck } from "./check-one.ts";
import { checkedServices } from "./checker.ts";
import { TRAFFIC_NOUN } from "./history.ts";

const MOST_DUE = 2_000;
const AT_ONCE = 50;
const PREFIX = "check:";

/**
 * Finishes verdicts that a checker has decided and not lived to write: their lease is over. Answers how many there were.
 *
 * @throws HeadgateError of store and journal
 */
export async function finishChecks(runtime: Runtime, tenant: string): Promise<number> {
  const due = await runtime.store.due(runtime.now(), MOST_DUE);
  const left = due.filter(
    (key) => key.tenant === tenant && key.noun === TRAFFIC_NOUN && key.subject.startsWith(PREFIX),
  );
  if (left.length === 0) return 0;
  const services = await checkedServices(runtime, tenant);
  await bounded(left, AT_ONCE, async ({ subject }) => {
    const name = subject.slice(PREFIX.length);
    const settings = services.find(({ service }) => name.startsWith(`${service}/`));
    const health = settings?.config.health;
    if (!settings || !health) return;
    const backend = { id: name.slice(settings.service.length + 1), source: "api", registeredAt: 0 } as const;
    await decideCheck(runtime, tenant, settings, health, backend, {
      type: "recovery",
      detail: "a verdict was left unwritten",
    });
  });
  return left.length;
}
