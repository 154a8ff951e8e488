import { listOf, members } from "../../values.ts";
import { Later } from "../later.tsx";

const load = () => import("./panel.tsx");

const MORE = new Set(["predictive", "auto", "kafka-lag"]);

/** Forecast, pick or lag of a service whose policies have one; the others load nothing for it. */
export function ScalingLater(props: { name: string; autoscaling: unknown; last: string | undefined }) {
  const { name, autoscaling, last } = props;
  const types = listOf(members(autoscaling)["policies"]).map((one) => String(members(one)["type"]));
  if (!types.some((type) => MORE.has(type))) return null;
  return (
    <Later load={load} what="the forecast">
      {({ ScalingPanel }) => <ScalingPanel name={name} types={types} last={last} />}
    </Later>
  );
}
