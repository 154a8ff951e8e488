import type { Fault } from "../../kernel/errors.ts";
import {
  type Asked,
  checkFlow,
  checkGroups,
  checkHeartbeats,
  checkPolicy,
  type Found,
  isTrue,
  type Look,
  type Mm2Findings,
  place,
} from "./mm2-rules.ts";
import type { Property } from "./properties.ts";

/** Checks an mm2.properties of the dedicated mode against what a disaster-recovery file asks for. */
export function checkMm2Properties(properties: readonly Property[], asked: Asked): Mm2Findings {
  const { from, to } = asked;
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const last = new Map<string, Found>();
  for (const { name, value, line } of properties) {
    const before = last.get(name);
    if (before)
      warnings.push({
        path: name,
        line,
        message: `is written twice; the one in line ${before.line} does not count`,
        value,
      });
    last.set(name, { value, path: name, line });
  }
  const clusters = last.get("clusters");
  const listed = (clusters?.value ?? "").split(",").map((one) => one.trim());
  for (const alias of [from, to]) {
    if (!listed.includes(alias))
      faults.push({
        ...place(clusters, "clusters"),
        message: `${alias} is not among the clusters`,
        allowed: `${from}, ${to}`,
      });
    const brokers = last.get(`${alias}.bootstrap.servers`);
    if (!brokers || brokers.value === "")
      faults.push({
        ...place(brokers, `${alias}.bootstrap.servers`),
        message: "is missing",
        allowed: "host:port,host:port",
      });
  }
  const flow = `${from}->${to}`;
  const look: Look = (name) => last.get(`${flow}.${name}`) ?? last.get(`${to}.${name}`) ?? last.get(name);
  const enabled = last.get(`${flow}.enabled`);
  if (!isTrue(enabled, false))
    faults.push({
      ...place(enabled, `${flow}.enabled`),
      message: enabled ? "the flow is switched off" : "is missing: nothing is replicated",
      allowed: "true",
    });
  const back = last.get(`${to}->${from}.enabled`);
  if (isTrue(back, false))
    warnings.push({
      ...place(back, `${to}->${from}.enabled`),
      message: "both directions at once: after a failover it is not clear which side is right",
      allowed: "false",
    });
  for (const { faults: more, warnings: others } of [checkFlow(look, flow, asked), checkGroups(look, flow)]) {
    faults.push(...more);
    warnings.push(...others);
  }
  warnings.push(...checkHeartbeats(look, flow), ...checkPolicy(look, flow));
  const once = last.get(`${to}.exactly.once.source.support`) ?? last.get("exactly.once.source.support");
  if (once?.value.toLowerCase() !== "enabled")
    warnings.push({
      ...place(once, `${to}.exactly.once.source.support`),
      message: "after a crash of MirrorMaker records are there twice",
      allowed: "enabled, and dedicated.mode.enable.internal.rest = true",
    });
  else if (!isTrue(last.get("dedicated.mode.enable.internal.rest"), false))
    warnings.push({
      ...place(last.get("dedicated.mode.enable.internal.rest"), "dedicated.mode.enable.internal.rest"),
      message: "exactly once with several MirrorMaker processes needs it",
      allowed: "true",
    });
  return { faults, warnings };
}
