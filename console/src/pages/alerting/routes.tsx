import type { RouteTestView } from "../../../../functions/api/views-alerting.ts";
import { getAlertRoutes, testRoutes } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { AlertingPage } from "../../parts/alerting/off.tsx";
import { RouteTested, RouteTester } from "../../parts/alerting/route-tester.tsx";
import { RouteTree } from "../../parts/alerting/route-tree.tsx";
import { Failed, Loading } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { readLabels } from "../../routed-words.ts";
import { usePlace } from "../../router.ts";
import { localInstant } from "../../silence-form.ts";

/** The tree of routes of the file in force, and where an alert would go in it. */
export function Routes() {
  const resource = useResource("alerting routes", getAlertRoutes, usePollMs());
  const tested = useTested();
  const steps = tested.view && new Map(tested.view.steps.map((step) => [step.id, step] as const));
  return (
    <AlertingPage title="Routes" what="routes" resource={resource}>
      {({ route, file, receivers, timeIntervals }) => (
        <>
          <p class="muted">
            <bdi>{file}</bdi>: {plural(receivers.length, "receiver")}, {plural(timeIntervals.length, "time interval")}
          </p>
          <section aria-label="Try an alert">
            <RouteTester key={tested.labels} />
            {tested.labels !== "" &&
              (tested.view ? (
                <RouteTested view={tested.view} />
              ) : tested.failure ? (
                <Failed failure={tested.failure} what="answer" retry={tested.reload} />
              ) : (
                <Loading what="where it goes" rows={2} />
              ))}
          </section>
          <section>
            <h2>{steps ? "Its way through the tree, and why not the others" : "The tree"}</h2>
            <RouteTree route={route} steps={steps} />
          </section>
        </>
      )}
    </AlertingPage>
  );
}

/** The answer for the labels of the address. */
function useTested() {
  const { query } = usePlace();
  const labels = query.get("labels") ?? "";
  const at = localInstant(query.get("at") ?? "");
  const read = readLabels(labels);
  const { value, failure, reload } = useResource<RouteTestView | undefined>(
    `alerting tested ${labels} ${at}`,
    async (signal) =>
      labels === "" || !read.ok
        ? undefined
        : testRoutes({ labels: read.labels, ...(at === undefined ? {} : { at }) }, signal),
    usePollMs(),
  );
  return { labels: read.ok ? labels : "", view: value, failure, reload };
}
