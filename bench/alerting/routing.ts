import { compileRoutes, groupIdentityOf, matchRoutes } from "../../shared/core/alerting/routes.ts";
import { settingsOf } from "./month.ts";

const ROUTES = 1_000;
const ALERTS = 10_000;

/** A tree as large companies have: a route a team, each with one for pages; a tenth of them by regular expression. */
const document = () => ({
  route: {
    receiver: "none",
    group_by: ["alertname"],
    routes: Array.from({ length: ROUTES / 2 }, (_, team) => ({
      matchers: [team % 5 === 0 ? `team=~"team-${team}|squad-${team}"` : `team="team-${team}"`],
      receiver: "none",
      continue: team % 50 === 0,
      routes: [{ matchers: ['severity=~"page|critical"', 'env!="test"'], group_by: ["alertname", "cluster"] }],
    })),
  },
  receivers: [{ name: "none" }],
});

/** Seconds to compile the tree and to find routes and groups of all alerts. */
export function routeAll(): number {
  const settings = settingsOf(document());
  const alerts = Array.from({ length: ALERTS }, (_, index) => ({
    alertname: `Rule${index % 300}`,
    team: `team-${(index * 7) % (ROUTES / 2)}`,
    severity: ["page", "warn", "critical"][index % 3] as string,
    env: index % 4 === 0 ? "test" : "prod",
    cluster: `c${index % 20}`,
    instance: `10.0.0.${index}`,
  }));
  const from = performance.now();
  const root = compileRoutes(settings.route);
  let groups = 0;
  for (const labels of alerts)
    for (const route of matchRoutes(root, labels)) groups += groupIdentityOf(route, labels) ? 1 : 0;
  if (groups < ALERTS) throw new Error(`only ${groups} groups for ${ALERTS} alerts`);
  return (performance.now() - from) / 1000;
}
