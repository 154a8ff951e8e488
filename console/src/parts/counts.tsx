import type { ServiceSummary } from "../../../functions/api/views.ts";
import { Icon } from "../icons.tsx";

/** Desired, running and ready; one number where they agree. */
export function Counts({ service }: { service: ServiceSummary }) {
  const { status } = service;
  if (status === undefined) return <span class="none">count not known</span>;
  const { desired, running, ready } = status;
  const title = `${desired} desired, ${running} running, ${ready} ready${service.min === undefined ? "" : ` (min ${service.min}, max ${service.max})`}`;
  const flags = (
    <>
      {service.paused && (
        <span class="flag">
          <Icon name="held" size={12} /> paused
        </span>
      )}
      {service.override && (
        <span class="flag">
          <Icon name="changed" size={12} /> held
        </span>
      )}
    </>
  );
  return (
    <span class="counts" title={title}>
      {desired === running && running === ready ? (
        <>
          <strong>{desired}</strong> ready
        </>
      ) : (
        <>
          <strong>
            {ready}/{desired}
          </strong>{" "}
          ready
        </>
      )}
      {flags}
    </span>
  );
}
