import type { ServiceSummary, ServicesView, ServiceView } from "../functions/api/views.ts";
import { answer, client } from "./client.ts";
import type { Group } from "./command.ts";
import { ago, decisionLines, facts, number, stamp } from "./format.ts";
import { table } from "./io.ts";

const value = (service: ServiceSummary, metric: string): string => {
  const latest = service.latest[metric];
  return latest === undefined ? "?" : number(latest.value);
};

const counts = ({ status }: ServiceSummary): string =>
  status === undefined ? "?" : `${status.ready}/${status.running}/${status.desired}`;

const row = (service: ServiceSummary): readonly string[] => [
  service.name,
  service.health,
  counts(service),
  service.min === undefined ? "-" : `${service.min}..${service.max}`,
  value(service, "cpu"),
  value(service, "memory"),
  value(service, "requests"),
  service.paused ? "paused" : service.override ? `override ${service.override.desired}` : (service.mode ?? "-"),
];

export const services: Group = {
  name: "services",
  about: "what is controlled and how it is",
  verbs: [
    {
      name: "list",
      about: "Every service with its health, counts (ready/running/desired), bounds and newest measurements.",
      example: "headgate services list",
      run: async ({ io }) => {
        const view = await answer<ServicesView>(client(io).api.v1.services.$get());
        io.document(view);
        io.line(view.state);
        if (view.items.length === 0) return 0;
        io.line();
        const heading = [
          "NAME",
          "HEALTH",
          "READY/RUNNING/DESIRED",
          "MIN..MAX",
          "CPU %",
          "MEMORY %",
          "REQUESTS/S",
          "MODE",
        ];
        for (const line of table([heading, ...view.items.map(row)])) io.line(line);
        return 0;
      },
    },
    {
      name: "show",
      about: "One service: configuration, instances, last decisions.",
      positionals: ["SERVICE"],
      example: "headgate services show orders",
      run: async ({ io, positionals }) => {
        const param = { service: encodeURIComponent(positionals[0] as string) };
        const view = await answer<ServiceView>(client(io).api.v1.services[":service"].$get({ param }));
        io.document(view);
        const { service, clock } = view;
        const { status, paused, override } = service;
        for (const line of facts([
          ["name", service.name],
          ["runs on", service.runsOn],
          ["health", status?.trouble === undefined ? service.health : `${service.health}: ${status.trouble}`],
          [
            "instances",
            status &&
              `${status.desired} desired, ${status.running} running, ${status.ready} ready, ${status.pending} pending`,
          ],
          ["bounds", service.min === undefined ? undefined : `${service.min}..${service.max}, mode ${service.mode}`],
          [
            "paused",
            paused &&
              `${paused.direction} by ${paused.by}: ${paused.why}${paused.until === undefined ? "" : `, until ${stamp(paused.until)}`}`,
          ],
          [
            "override",
            override &&
              `${override.desired} by ${override.by}: ${override.why}, ends ${ago(override.until, clock.now)}`,
          ],
          ...Object.entries(service.latest).map(([name, one]): [string, string] => [
            name,
            `${number(one.value)} ${one.unit}, ${ago(one.at, clock.now)}`,
          ]),
        ])) {
          io.line(line);
        }
        if (status && status.instances.length > 0) {
          io.line();
          const rows = status.instances.map((one) => [
            one.id,
            one.state,
            one.ready ? "ready" : "not ready",
            one.address ?? "",
            one.detail ?? "",
          ]);
          for (const line of table([["INSTANCE", "STATE", "READY", "ADDRESS", ""], ...rows])) io.line(line);
        }
        io.line();
        for (const line of decisionLines(view.decisions)) io.line(line);
        return 0;
      },
    },
  ],
};
