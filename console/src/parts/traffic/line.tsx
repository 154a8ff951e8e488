import { getTraffic } from "../../api-traffic.ts";
import { words } from "../../format.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { trafficLink } from "../../router.ts";
import { backendsText, standingOf } from "../../traffic-words.ts";
import { StandingMark } from "./standing.tsx";

/** How the traffic of a service stands, on its page; nothing where it has none. */
export function TrafficLine({ name }: { name: string }) {
  const { value } = useResource(`traffic line ${name}`, (signal) => getTraffic(name, 1, signal), usePollMs());
  if (value === undefined || value.summary.backends.total === 0) return null;
  const { summary } = value;
  return (
    <p class="traffic-line">
      <span class="muted">Traffic</span>
      <StandingMark standing={standingOf(summary)} />
      <span>{backendsText(summary.backends)}</span>
      <span>{words(summary.policy)}</span>
      <a href={trafficLink(name)}>Where requests go</a>
    </p>
  );
}
