import { isOn } from "./switches.ts";

/** What is said of alerting at deploy. Whatever cannot be meant ends the deployment, with what is allowed. */

const listed = (name: string): readonly string[] =>
  (process.env[name] ?? "").split(",").flatMap((one) => one.trim() || []);

/** Topics, queues and buses by their whole ARN: a pattern would be more than was meant. */
const TARGET = /^arn:aws[a-z-]*:(sns|sqs|events):[a-z0-9-]+:\d{12}:[A-Za-z0-9_./-]+$/;
const PARAMETER = /^\/[\w./-]+$/;
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/;

/** `HEADGATE_ALERTING_TARGETS`: what notifications may be sent to within AWS. */
export function alertTargets(): readonly { readonly service: string; readonly arn: string }[] {
  return listed("HEADGATE_ALERTING_TARGETS").map((arn) => {
    const service = TARGET.exec(arn)?.[1];
    if (!service) throw new Error(`HEADGATE_ALERTING_TARGETS "${arn}": ARNs of SNS topics, SQS queues and event buses`);
    return { service, arn };
  });
}

/** `HEADGATE_ALERTING_PARAMETERS`: parameters of Systems Manager that a configuration may refer to. */
export function alertParameters(): readonly string[] {
  const paths = listed("HEADGATE_ALERTING_PARAMETERS");
  for (const path of paths)
    if (!PARAMETER.test(path))
      throw new Error(`HEADGATE_ALERTING_PARAMETERS "${path}": whole paths such as /headgate/slack`);
  return paths;
}

/** `HEADGATE_ALERTING_LINK_PARAMETER`: what links in messages are signed with; the API checks them. */
export function linkParameters(): readonly string[] {
  const path = process.env["HEADGATE_ALERTING_LINK_PARAMETER"];
  if (!path) return [];
  if (!PARAMETER.test(path))
    throw new Error(`HEADGATE_ALERTING_LINK_PARAMETER "${path}": a path such as /headgate/links`);
  return [path];
}

const SECRET = /^ssm:(\/[\w./-]+)$/;

/** The parameter behind `HEADGATE_HOOK_SECRET`. The secret itself must not stand in a function's environment. */
export function hookParameters(): readonly string[] {
  const given = process.env["HEADGATE_HOOK_SECRET"];
  if (!given) return [];
  const path = SECRET.exec(given)?.[1];
  if (!path) throw new Error("HEADGATE_HOOK_SECRET: a reference such as ssm:/headgate/hooks, not the secret itself");
  return [path];
}

const SOURCES = ["cloudwatch", "health", "ecs"] as const;
export type EventSource = (typeof SOURCES)[number];

/** `HEADGATE_ALERTING_EVENTS`: which events of the account become alerts; all of them where it is not set, `none` is none. */
export function eventSources(): readonly EventSource[] {
  const given = process.env["HEADGATE_ALERTING_EVENTS"] || SOURCES.join(",");
  if (given === "none") return [];
  const names = given.split(",").map((one) => one.trim());
  for (const name of names)
    if (!SOURCES.some((known) => known === name))
      throw new Error(`HEADGATE_ALERTING_EVENTS "${name}": allowed are ${SOURCES.join(", ")} and none`);
  return SOURCES.filter((known) => names.includes(known));
}

/** What functions have to be told of it; names and addresses, no secrets. */
export function alertingEnvironment(): Readonly<Record<string, string>> {
  const topics = listed("HEADGATE_HOOK_TOPICS");
  for (const topic of topics)
    if (!TOPIC.test(topic)) throw new Error(`HEADGATE_HOOK_TOPICS "${topic}": ARNs of SNS topics`);
  const noData = process.env["HEADGATE_ALERTING_NO_DATA"] || "hold";
  if (noData !== "hold" && noData !== "alert")
    throw new Error(`HEADGATE_ALERTING_NO_DATA "${noData}": allowed are hold and alert`);
  hookParameters();
  const secret = process.env["HEADGATE_HOOK_SECRET"];
  return {
    ...(topics.length > 0 ? { HEADGATE_HOOK_TOPICS: topics.join(",") } : {}),
    ...(secret ? { HEADGATE_HOOK_SECRET: secret } : {}),
    ...(noData === "alert" ? { HEADGATE_ALERTING_NO_DATA: noData } : {}),
    ...(isOn("HEADGATE_ALERTING_SCALING_ALARMS") ? { HEADGATE_ALERTING_SCALING_ALARMS: "on" } : {}),
  };
}
