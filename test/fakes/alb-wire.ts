import { serve, type Wire, type WireAnswer, WireFault, type WireRequest } from "./wire.ts";

export interface AlbGroup {
  readonly TargetGroupArn: string;
  readonly Weight: number;
}

/** One action of a rule: the members as the service names them, as deep as they are. */
export type AlbAction = Readonly<Record<string, unknown>>;

/** Elastic Load Balancing as far as Headgate sees it: rules and listeners by ARN, with the query protocol and its XML. */
export interface AlbWire extends Wire {
  put(arn: string, actions: readonly AlbAction[]): void;
  actions(arn: string): readonly AlbAction[];
  /** The last change that was asked for, as it arrived. */
  readonly modified: () => URLSearchParams | undefined;
}

const NAMESPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";
const MOST_GROUPS = 5;

const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function xml(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return `<${name}>${value.map((one) => xml("member", one)).join("")}</${name}>`;
  if (typeof value === "object") {
    const members = Object.entries(value).map(([member, one]) => xml(member, one));
    return `<${name}>${members.join("")}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** Members of a form ("Actions.member.1.Type") as the object they mean. Numbers and booleans by the names that have them. */
function unflatten(form: URLSearchParams, prefix: string): unknown {
  const root: Record<string, unknown> = {};
  for (const [name, text] of form) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const path = name.slice(prefix.length + 1).split(".");
    let at = root;
    for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
    const last = path.at(-1) ?? "";
    at[last] = /^(Weight|Order|DurationSeconds|SessionTimeout)$/.test(last)
      ? Number(text)
      : text === "true" || text === "false"
        ? text === "true"
        : text;
  }
  const lists = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const members = (value as { member?: Record<string, unknown> }).member;
    if (members)
      return Object.keys(members)
        .sort((a, b) => Number(a) - Number(b))
        .map((key) => lists(members[key]));
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, lists(one)]));
  };
  return lists(root);
}

export async function albWire(): Promise<AlbWire> {
  const kept = new Map<string, readonly AlbAction[]>();
  let modified: URLSearchParams | undefined;

  const found = (arn: string, type: string): readonly AlbAction[] => {
    const actions = kept.get(arn);
    if (!actions) throw new WireFault(type, `'${arn}' not found`);
    return actions;
  };
  /** What is told of an action: never a secret. */
  const told = (action: AlbAction): AlbAction => {
    const oidc = action["AuthenticateOidcConfig"] as Readonly<Record<string, unknown>> | undefined;
    if (!oidc) return action;
    const { ClientSecret: _, UseExistingClientSecret: __, ...rest } = oidc;
    return { ...action, AuthenticateOidcConfig: rest };
  };
  const check = (actions: readonly AlbAction[]) => {
    for (const action of actions) {
      const oidc = action["AuthenticateOidcConfig"] as Readonly<Record<string, unknown>> | undefined;
      if (oidc && !oidc["ClientSecret"] && oidc["UseExistingClientSecret"] !== true)
        throw new WireFault("InvalidLoadBalancerAction", "A client secret must be specified");
      const groups =
        (action["ForwardConfig"] as { TargetGroups?: readonly AlbGroup[] } | undefined)?.TargetGroups ?? [];
      if (action["TargetGroupArn"] && groups.length > 1)
        throw new WireFault("InvalidLoadBalancerAction", "You cannot specify both TargetGroupArn and several groups");
      if (groups.length > MOST_GROUPS) throw new WireFault("TooManyTargetGroups", "Too many target groups");
      if (groups.some(({ Weight }) => Weight < 0 || Weight > 999 || !Number.isInteger(Weight)))
        throw new WireFault("InvalidConfigurationRequest", "Weight must be between 0 and 999");
    }
  };
  const answer = (operation: string, result: string): WireAnswer => ({
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${operation}Response xmlns="${NAMESPACE}"><${operation}Result>${result}</${operation}Result></${operation}Response>`,
  });
  const form = (request: WireRequest) => new URLSearchParams(request.body.toString("utf8"));
  const rule = (arn: string) => ({ RuleArn: arn, Priority: "10", Actions: found(arn, "RuleNotFound").map(told) });
  const listener = (arn: string) => ({
    ListenerArn: arn,
    DefaultActions: found(arn, "ListenerNotFound").map(told),
  });
  const operations: Readonly<Record<string, (input: URLSearchParams) => string>> = {
    DescribeRules: (input) => xml("Rules", [rule(input.get("RuleArns.member.1") ?? "")]),
    DescribeListeners: (input) => xml("Listeners", [listener(input.get("ListenerArns.member.1") ?? "")]),
    ModifyRule: (input) => {
      const arn = input.get("RuleArn") ?? "";
      found(arn, "RuleNotFound");
      const actions = (unflatten(input, "Actions.member") ?? {}) as Readonly<Record<string, AlbAction>>;
      const list = Object.keys(actions)
        .sort()
        .map((key) => actions[key] as AlbAction);
      check(list);
      modified = input;
      kept.set(arn, list);
      return xml("Rules", [rule(arn)]);
    },
    ModifyListener: (input) => {
      const arn = input.get("ListenerArn") ?? "";
      found(arn, "ListenerNotFound");
      const actions = (unflatten(input, "DefaultActions.member") ?? {}) as Readonly<Record<string, AlbAction>>;
      const list = Object.keys(actions)
        .sort()
        .map((key) => actions[key] as AlbAction);
      check(list);
      modified = input;
      kept.set(arn, list);
      return xml("Listeners", [listener(arn)]);
    },
  };
  const wire = await serve(
    (request) => form(request).get("Action") ?? "unknown",
    (operation, request) => {
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw new WireFault("InvalidAction", `the load balancer fake has no ${operation}`);
      return answer(operation, run(form(request)));
    },
    (fault) => albFault(fault.type, fault.status, fault.message),
  );
  return {
    ...wire,
    put: (arn, actions) => void kept.set(arn, actions),
    actions: (arn) => kept.get(arn) ?? [],
    modified: () => modified,
  };
}

/** An answer of query services that says what went wrong. */
export function albFault(code: string, status = 400, message = `injected ${code}`): WireAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<ErrorResponse xmlns="${NAMESPACE}">${error}<RequestId>1</RequestId></ErrorResponse>`,
  };
}
