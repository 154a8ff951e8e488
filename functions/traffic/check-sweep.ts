import { DAY_MS } from "../../shared/core/kernel/time.ts";
import { type CheckMachineState, checkSubject } from "../../shared/core/traffic/checks/machine.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { decideCheck } from "./check-one.ts";
import { checkedServices } from "./checker.ts";
import { TRAFFIC_NOUN } from "./history.ts";
import { knownBackends } from "./registry.ts";

const MOST_DUE = 2_000;
const AT_ONCE = 50;
const PREFIX = "check:";
const PAGE = 1_000;

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

/** What is kept of backends that are gone for longer than this says nothing to anybody. */
const KEPT_MS = DAY_MS;

/**
 * Forgets the last verdicts about backends that are gone: tasks come and go with an id of their own each time. The journal keeps them. Answers how
 * many went.
 *
 * @throws HeadgateError of the store
 */
export async function tidyChecks(runtime: Runtime, tenant: string): Promise<number> {
  const before = runtime.now() - KEPT_MS;
  const services = await checkedServices(runtime, tenant);
  const there = new Set<string>();
  for (const settings of services)
    for (const { id } of (await knownBackends(runtime, tenant, settings)).backends)
      there.add(checkSubject(settings.service, id));
  let gone = 0;
  let cursor: string | undefined;
  do {
    const at = cursor === undefined ? {} : { cursor };
    const page = await runtime.store.list(tenant, TRAFFIC_NOUN, { prefix: PREFIX, limit: PAGE, ...at });
    await bounded(page.items, AT_ONCE, async ({ key, version, state, pending }) => {
      const { since = 0 } = state as unknown as CheckMachineState;
      if (pending || since > before || there.has(key.subject)) return;
      if (await runtime.store.remove(key, version)) gone += 1;
    });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return gone;
}
