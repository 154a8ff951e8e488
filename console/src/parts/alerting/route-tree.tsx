import type { RouteStepView, RouteView } from "../../../../functions/api/views-alerting.ts";
import { duration, plural } from "../../format.ts";
import { pageLink } from "../../router.ts";
import { Labels } from "../labels.tsx";
import { Matchers } from "./matchers.tsx";
import { StepResult } from "./route-steps.tsx";

/** The tree of routes of the file in force; with `steps`, what became of a tried alert at each. */
export function RouteTree({
  route,
  steps,
}: {
  route: RouteView;
  steps?: ReadonlyMap<string, RouteStepView> | undefined;
}) {
  return (
    <ul class="tree" aria-label="Routes">
      <RouteNode route={route} parent={undefined} steps={steps} />
    </ul>
  );
}

interface NodeProps {
  readonly route: RouteView;
  readonly parent: RouteView | undefined;
  readonly steps: ReadonlyMap<string, RouteStepView> | undefined;
}

const TIMERS = ["groupWaitMs", "groupIntervalMs", "repeatIntervalMs"] as const;

/** Only what differs from the route above: the rest is inherited. */
function timersText(route: RouteView, parent: RouteView | undefined): string {
  const names = { groupWaitMs: "wait", groupIntervalMs: "interval", repeatIntervalMs: "repeat" } as const;
  return TIMERS.filter((name) => route[name] !== parent?.[name])
    .map((name) => `${names[name]} ${duration(route[name])}`)
    .join(", ");
}

function groupText(route: RouteView, parent: RouteView | undefined): string {
  if (JSON.stringify(route.groupBy) === JSON.stringify(parent?.groupBy)) return "";
  if (route.groupBy.includes("...")) return "grouped by all labels";
  return route.groupBy.length === 0 ? "all in one group" : `grouped by ${route.groupBy.join(", ")}`;
}

function RouteNode({ route, parent, steps }: NodeProps) {
  const step = steps?.get(route.id);
  const facts = [
    groupText(route, parent),
    timersText(route, parent),
    route.continue ? "goes on to the next one (continue)" : "",
    route.muteTimeIntervals.length > 0 ? `muted in ${route.muteTimeIntervals.join(", ")}` : "",
    route.activeTimeIntervals.length > 0 ? `only in ${route.activeTimeIntervals.join(", ")}` : "",
  ].filter(Boolean);
  return (
    <li>
      <div class={step ? `route route-${step.result}` : "route"} data-route={route.id}>
        <p class="route-head">
          {step && <StepResult result={step.result} />}
          <strong>
            <bdi>{route.receiver}</bdi>
          </strong>
          {route.groups > 0 && (
            <a href={`${pageLink("/alerts/groups").split("?")[0]}?receiver=${encodeURIComponent(route.receiver)}`}>
              {plural(route.groups, "open group")}
            </a>
          )}
        </p>
        {parent === undefined ? (
          <span class="muted">everything begins here</span>
        ) : (
          <Matchers matchers={route.matchers} />
        )}
        {facts.length > 0 && <bdi class="outcome">{facts.join("; ")}</bdi>}
        <Labels labels={Object.entries(route.labels)} />
        {step && (
          <p class="muted">
            <bdi>{step.why}</bdi>
          </p>
        )}
      </div>
      {route.routes.length > 0 && (
        <ul class="tree">
          {route.routes.map((child) => (
            <RouteNode key={child.id} route={child} parent={route} steps={steps} />
          ))}
        </ul>
      )}
    </li>
  );
}
