import type { Millis } from "../../kernel/time.ts";
import type { AlertingConfig, ReceiverSpec, RouteSpec } from "../types.ts";
import { checkTimes } from "./check-times.ts";
import { escalationIn, receiverOf } from "./paging.ts";
import { receiverOfPerson } from "./resolve.ts";
import type { OncallSectionValue } from "./section.ts";

/** One thing of `oncall` that the schema cannot see. */
export interface OncallFinding {
  /** In headgate.yaml, e.g. ["oncall", "schedules", "primary", "layers", 0, "people", 1]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value: unknown;
  readonly allowed: string;
  /** It works, and is probably not meant. */
  readonly works?: true;
}

type Alerting = Pick<AlertingConfig, "file" | "settings" | "escalation">;

const has = (record: object, name: string): boolean => Object.hasOwn(record, name);

/** Everybody of the schedules is one of `people`, and no name has two meanings. */
function checkPeople({ people, schedules }: OncallSectionValue): readonly OncallFinding[] {
  const found: OncallFinding[] = [];
  const person = (name: string, path: OncallFinding["path"]): void => {
    if (has(people, name)) return;
    const known = Object.keys(people).join(", ");
    found.push({
      path,
      message: `${name} is none of oncall.people`,
      value: name,
      allowed: known || "a name under people",
    });
  };
  for (const [name, { layers, overrides }] of Object.entries(schedules)) {
    const path = ["oncall", "schedules", name];
    if (has(people, name))
      found.push({ path, message: `${name} is a person as well`, value: name, allowed: "a name that is no person's" });
    for (const [index, layer] of layers.entries())
      for (const [at, one] of layer.people.entries()) person(one, [...path, "layers", index, "people", at]);
    for (const [index, one] of overrides.entries()) person(one.person, [...path, "overrides", index, "person"]);
  }
  return found;
}

/** What a receiver of alertmanager.yml has to say to whoever is led to it. */
function receiverTrouble(receivers: ReadonlyMap<string, ReceiverSpec>, file: string, name: string): string | undefined {
  if (escalationIn(name) !== undefined) return `receiver ${name} is an escalation, and an escalation leads to people`;
  return receivers.has(name) ? undefined : `receiver ${name} is not in ${file}`;
}

const sendable = (receivers: ReadonlyMap<string, ReceiverSpec>, name: string): boolean =>
  receivers.get(name)?.integrations.some((one) => one.sendable) ?? false;

/** People that somebody is led to. */
const ledTo = ({ escalations, schedules, people }: OncallSectionValue): ReadonlySet<string> =>
  new Set(
    Object.values(escalations)
      .flatMap(({ levels }) => levels.flatMap(({ to }) => to))
      .flatMap((name) => {
        const schedule = has(schedules, name) ? schedules[name] : undefined;
        if (!schedule) return has(people, name) ? [name] : [];
        return [...schedule.layers.flatMap((layer) => layer.people), ...schedule.overrides.map(({ person }) => person)];
      }),
  );

function checkReceivers(section: OncallSectionValue, { file, settings }: Alerting): readonly OncallFinding[] {
  const receivers = new Map(settings.receivers.map((one) => [one.name, one]));
  const allowed = `a receiver of ${file}`;
  const led = ledTo(section);
  return Object.entries(section.people).flatMap(([name, { receiver }]): readonly OncallFinding[] => {
    if (receiver === undefined && !led.has(name)) return [];
    const to = receiverOfPerson(section, name);
    const path = ["oncall", "people", name, ...(receiver === undefined ? [] : ["receiver"])];
    const message = receiverTrouble(receivers, file, to);
    if (message !== undefined) return [{ path, message: `${message}: ${name} cannot be reached`, value: to, allowed }];
    if (sendable(receivers, to)) return [];
    const dumb = `receiver ${to} has nothing that can be sent to: ${name} is never reached`;
    return [{ path, message: dumb, value: to, allowed: "a receiver with an integration that is sent to", works: true }];
  });
}

function checkLevels(section: OncallSectionValue, { file, settings }: Alerting): readonly OncallFinding[] {
  const receivers = new Map(settings.receivers.map((one) => [one.name, one]));
  return Object.entries(section.escalations).flatMap(([escalation, { levels }]) =>
    levels.flatMap(({ to }, level) =>
      to.flatMap((name, index): readonly OncallFinding[] => {
        if (has(section.schedules, name) || has(section.people, name)) return [];
        const trouble = receiverTrouble(receivers, file, name);
        if (trouble === undefined) return [];
        const path = ["oncall", "escalations", escalation, "levels", level, "to", index];
        const message =
          escalationIn(name) === undefined ? `${name} is no schedule, no person and no receiver` : trouble;
        return [{ path, message, value: name, allowed: `a schedule, a person or a receiver of ${file}` }];
      }),
    ),
  );
}

/** Receivers of alertmanager.yml that stand for an escalation, and escalations that no receiver stands for. */
function checkNames(section: OncallSectionValue, { file, settings, escalation }: Alerting): readonly OncallFinding[] {
  const path = ["oncall", "escalations"];
  const known = Object.keys(section.escalations);
  const named = settings.receivers.flatMap(({ name }) => escalationIn(name) ?? []);
  const unknown = named.filter((name) => !has(section.escalations, name));
  const unused = known.filter((name) => !named.includes(name));
  return [
    ...unknown.map((name) => ({
      path,
      message: `receiver ${receiverOf(name)} of ${file} leads to an escalation that is not there`,
      value: known,
      allowed: `an escalation named ${name}`,
    })),
    ...settings.receivers.flatMap(({ name, integrations }) =>
      integrations.length === 0 || !has(section.escalations, escalationIn(name) ?? "")
        ? []
        : [
            {
              path: [...path, escalationIn(name) as string],
              message: `receiver ${name} of ${file} has integrations, which are told beside the people on call`,
              value: name,
              allowed: "a receiver without integrations; who else is told is said by the levels",
              works: true as const,
            },
          ],
    ),
    ...unused.map((name) => ({
      path: [...path, name],
      message: `nothing leads to it: ${file} has no receiver ${receiverOf(name)}`,
      value: name,
      allowed: `a receiver named ${receiverOf(name)}, without integrations`,
      works: true as const,
    })),
    ...escalation.flatMap(({ to }, index) =>
      escalationIn(to) === undefined || !has(section.escalations, escalationIn(to) as string)
        ? []
        : [
            {
              path: ["alerting", "escalation", index, "to"],
              message: `${to} is an escalation of oncall, which only routes lead to`,
              value: to,
              allowed:
                "a receiver that is no escalation; what follows whom is said by the levels of oncall.escalations",
            },
          ],
    ),
  ];
}

const routedTo = ({ receiver, routes }: RouteSpec): readonly string[] => [
  ...(receiver === undefined ? [] : [receiver]),
  ...routes.flatMap(routedTo),
];

/** Without a section `oncall` its receivers are receivers as any other: a route that leads to an empty one tells nobody. */
export function checkWithoutOncall({
  file,
  settings: { route, receivers },
}: Pick<Alerting, "file" | "settings">): readonly OncallFinding[] {
  const empty = new Set(receivers.flatMap(({ name, integrations }) => (integrations.length === 0 ? [name] : [])));
  const names = new Set(routedTo(route).filter((name) => escalationIn(name) !== undefined && empty.has(name)));
  return [...names].map((name) => ({
    path: ["alerting", "alertmanager"],
    message: `a route of ${file} leads to ${name}, which tells nobody: there is no section oncall`,
    value: name,
    allowed: `a section oncall with an escalation ${escalationIn(name)}, or a receiver with integrations`,
    works: true,
  }));
}

/**
 * Faults and warnings about the section. Empty where it can work and is probably meant.
 *
 * @param alerting absent: there is no section `alerting`, or its file could not be read
 * @param now absent: it is not looked ahead for hours in which nobody is on call
 */
export function checkOncall(section: OncallSectionValue, alerting?: Alerting, now?: Millis): readonly OncallFinding[] {
  const people = checkPeople(section);
  // Hours without anybody are told of schedules whose people are known.
  const times = checkTimes(section, people.length > 0 ? undefined : now);
  if (alerting)
    return [
      ...people,
      ...times,
      ...checkReceivers(section, alerting),
      ...checkLevels(section, alerting),
      ...checkNames(section, alerting),
    ];
  const [first] = Object.keys(section.escalations);
  if (first === undefined) return [...people, ...times];
  const message = "escalations tell receivers of alertmanager.yml, and there is no section alerting";
  const path = ["oncall", "escalations"];
  return [...people, ...times, { path, message, value: first, allowed: "a section alerting", works: true }];
}
