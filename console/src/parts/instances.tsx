import { plural } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import type { FleetStatus, InstanceStatus } from "../shapes.ts";
import { Ago } from "./time.tsx";

const SHAPES: Readonly<Record<InstanceStatus["state"], IconName>> = {
  running: "ok",
  pending: "held",
  draining: "arrow",
  failed: "failing",
};

/** Each instance, with why it is not ready. */
export function Instances({ status }: { status: FleetStatus }) {
  if (status.instances.length === 0) return null;
  return (
    <details class="instances" open={status.instances.some((instance) => instance.state === "failed")}>
      <summary>{plural(status.instances.length, "instance")}</summary>
      <ul>
        {status.instances.map((instance) => (
          <li key={instance.id} class={`instance instance-${instance.state}`}>
            <span class="instance-state">
              <Icon name={SHAPES[instance.state]} size={13} /> {instance.state}
              {instance.state === "running" && !instance.ready ? ", not ready" : ""}
            </span>
            <code>{instance.id}</code>
            {instance.startedAt !== undefined && (
              <span class="muted">
                started <Ago at={instance.startedAt} />
              </span>
            )}
            {instance.address && <code class="muted">{instance.address}</code>}
            {instance.detail && <span>{instance.detail}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}
