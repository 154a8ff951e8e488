import type { PathFault } from "../kernel/path-fault.ts";
import { parseMatchers } from "./matchers/parse.ts";
import type { AlertingSectionValue } from "./section.ts";
import type { AlertingConfig, AlertmanagerSettings, IntegrationSpec, Matcher, ReceiverSpec } from "./types.ts";

type Extra = AlertingSectionValue["receivers"][string];

/** Integrations of the section as receivers have them; their settings by the names of the others, in snake_case. */
function extraIntegrations({ eventbridge, sqs }: Extra): readonly IntegrationSpec[] {
  const spec = (
    type: "eventbridge" | "sqs",
    index: number,
    settings: IntegrationSpec["settings"],
  ): IntegrationSpec => ({
    id: `${type}[${index}]`,
    type,
    index,
    sendResolved: true,
    sendable: true,
    settings,
  });
  return [
    ...eventbridge.map(({ bus, source, detailType, region }, index) =>
      spec("eventbridge", index, {
        bus,
        ...(source === undefined ? {} : { source }),
        ...(detailType === undefined ? {} : { detail_type: detailType }),
        ...(region === undefined ? {} : { region }),
      }),
    ),
    ...sqs.map(({ queueUrl, messageGroupId, region }, index) =>
      spec("sqs", index, {
        queue_url: queueUrl,
        ...(messageGroupId === undefined ? {} : { message_group_id: messageGroupId }),
        ...(region === undefined ? {} : { region }),
      }),
    ),
  ];
}

/** What is wrong with the section itself; paths start below `alerting`. */
export type ReadSection =
  | { readonly ok: true; readonly config: AlertingConfig }
  | { readonly ok: false; readonly faults: readonly PathFault[] };

/** The whole alerting configuration from the section and the alertmanager.yml that it names. */
export function alertingConfig(section: AlertingSectionValue, settings: AlertmanagerSettings): ReadSection {
  const faults: PathFault[] = [];
  const known = new Set(settings.receivers.map(({ name }) => name));
  const receiver = (name: string, path: PathFault["path"], atKey: boolean): void => {
    if (known.has(name)) return;
    const message = `receiver ${JSON.stringify(name)} is not in ${section.alertmanager}`;
    faults.push({ path, message, allowed: "a name under its receivers", ...(atKey ? { atKey } : {}) });
  };
  const matchers = (texts: readonly string[], path: PathFault["path"]): readonly Matcher[] =>
    texts.flatMap((text, index) => {
      const parsed = parseMatchers(text);
      if (parsed.ok) return parsed.matchers;
      const allowed = 'matcher such as severity="page"';
      faults.push({ path: [...path, index], message: parsed.message, value: JSON.stringify(text), allowed });
      return [];
    });
  const escalation = section.escalation.map(({ match, after, to }, index) => {
    receiver(to, ["escalation", index, "to"], false);
    return { match: matchers(match, ["escalation", index, "match"]), afterMs: after, to };
  });
  const cooldown = section.cooldown.map(({ match, by, for: forMs }, index) => ({
    match: matchers(match, ["cooldown", index, "match"]),
    by,
    forMs,
  }));
  for (const name of Object.keys(section.receivers)) receiver(name, ["receivers", name], true);
  if (faults.length > 0) return { ok: false, faults };
  const receivers = settings.receivers.map((one): ReceiverSpec => {
    const extra = Object.hasOwn(section.receivers, one.name) ? section.receivers[one.name] : undefined;
    return extra ? { ...one, integrations: [...one.integrations, ...extraIntegrations(extra)] } : one;
  });
  return {
    ok: true,
    config: {
      file: section.alertmanager,
      settings: { ...settings, receivers },
      ...(section.publicUrl === undefined ? {} : { publicUrl: section.publicUrl }),
      escalation,
      cooldown,
      limits: section.limits,
      keepEventsMs: section.keepEvents,
      ...(section.linkSecret === undefined ? {} : { linkSecret: section.linkSecret }),
    },
  };
}
