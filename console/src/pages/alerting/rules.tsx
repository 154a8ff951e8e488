import { routing } from "../../alerting-known.ts";
import { getAlertRoutes } from "../../api-alerting.ts";
import { HowToSwitchOn, useRouting } from "../../parts/alerting/off.tsx";
import { Tabs } from "../../parts/alerting/tabs.tsx";
import { useResource } from "../../resource.ts";
import { useObservable } from "../../store.ts";
import { Alerts } from "../alerts.tsx";

/** What the rules here say, whoever is told of it. */
export function Rules() {
  useRouting(useResource("alerting routes", getAlertRoutes, 60_000));
  const on = useObservable(routing);
  return (
    <>
      {on === true && <Tabs />}
      <Alerts {...(on === false ? { hint: <HowToSwitchOn /> } : { quiet: "No rule here fires" })} />
    </>
  );
}
