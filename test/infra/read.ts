import { autoName } from "./mocks.ts";
import type { Inputs, Resource, Synth } from "./synth.ts";

/** Reading a synthesis: what assertions and the deployment document look at. */

const physicalName = ({ name, inputs }: Resource): string => inputs["name"] ?? inputs["bucket"] ?? autoName(name);

export const ofType = (synth: Synth, type: string): Resource[] => synth.resources.filter((one) => one.type === type);

/** The one resource of a type whose logical name begins so (suffixes carry hashes). */
export function one(synth: Synth, type: string, prefix = ""): Resource {
  const found = ofType(synth, type).filter(({ name }) => name.startsWith(prefix));
  const [only] = found;
  if (!only || found.length > 1) {
    throw new Error(
      `${found.length} resources of type ${type} begin with "${prefix}": ${ofType(synth, type).map(({ name }) => name)}`,
    );
  }
  return only;
}

export const FUNCTION = "aws:lambda/function:Function";
export const ROLE = "aws:iam/role:Role";
export const QUEUE = "aws:sqs/queue:Queue";
export const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

export interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: unknown;
  readonly Principal?: Record<string, string | string[]>;
}

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Statements of a policy document (text or object), single values made lists. */
export function statements(policy: unknown): Statement[] {
  const document = (typeof policy === "string" ? JSON.parse(policy) : policy) as { Statement: Inputs | Inputs[] };
  return [document.Statement].flat().map((one: Inputs) => ({
    Effect: one["Effect"],
    Action: list<string>(one["Action"]),
    Resource: list<string>(one["Resource"]),
    ...(one["Condition"] ? { Condition: one["Condition"] } : {}),
    ...(one["Principal"] ? { Principal: one["Principal"] } : {}),
  }));
}

/** What stacks/joined.ts says once for all parts: read as it was granted, part by part. */
const JOINED = /^(sqs:SendMessage|scheduler:CreateSchedule|iam:PassRole\{.*"scheduler\.amazonaws\.com".*)$/;

/** What a role may do. */
export const granted = (role: Resource): Statement[] =>
  ((role.inputs["inlinePolicies"] ?? []) as Inputs[])
    .flatMap((inline) => statements(inline["policy"]))
    .flatMap((one) =>
      JOINED.test(`${one.Action.join()}${JSON.stringify(one.Condition) ?? ""}`)
        ? one.Resource.map((arn) => ({ ...one, Resource: [arn] }))
        : [one],
    );

/** The role of a function, found through the ARN it runs as. */
export function roleOf(synth: Synth, fn: Resource): Resource {
  const role = byArn(synth, ROLE, fn.inputs["role"]);
  if (!role) throw new Error(`${fn.name} runs as ${fn.inputs["role"]}, which is no role of the app`);
  return role;
}

/** Last part of an ARN, or of a queue URL. */
export const tail = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

/** The resource behind an ARN, by its physical name. */
export const byArn = (synth: Synth, type: string, arn: unknown): Resource | undefined =>
  ofType(synth, type).find((one) => physicalName(one) === tail(String(arn)));

/** "action, action on resource [if condition]" with account, region and random suffixes taken out; stable for a document. */
export function grantLine(synth: Synth, { Action, Resource, Condition }: Statement): string {
  const condition = Condition ? ` if ${JSON.stringify(Condition).replaceAll("123456789012", "ACCOUNT")}` : "";
  return `${Action.join(", ")} on ${Resource.map((arn) => shortArn(synth, arn)).join(", ")}${condition}`;
}

/** An ARN with account, region and physical names taken out. */
export function shortArn(synth: Synth, arn: string): string {
  let text = arn;
  // The longest first: a name may be the beginning of another one.
  const named = synth.resources
    .map((resource) => [physicalName(resource), resource.name] as const)
    .filter(([physical]) => physical.length > 8 && arn.includes(physical))
    .sort(([a], [b]) => b.length - a.length);
  for (const [physical, name] of named) text = text.replaceAll(physical, `<${name}>`);
  return text
    .replaceAll("123456789012", "ACCOUNT")
    .replaceAll("eu-central-1", "REGION")
    .replace(/:alarm:headgate\/[\w-]+\//, ":alarm:headgate/STAGE/");
}
