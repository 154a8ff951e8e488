const list = (name: string): readonly string[] =>
  (process.env[name] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** Values of a variable that all have one form; anything else ends the deployment and is named. */
function checked(name: string, form: RegExp, allowed: string): readonly string[] {
  const given = list(name);
  for (const one of given) if (!form.test(one)) throw new Error(`${name} "${one}": ${allowed}`);
  return given;
}

const NAMESPACE = /^[A-Za-z0-9._-]{1,253}$/;
const FORWARDS =
  /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener(-rule)?\/app\/[A-Za-z0-9-]+(\/[a-f0-9]+){2,3}$/;

/** Namespaces of AWS Cloud Map that backends may be discovered in (`HEADGATE_TRAFFIC_NAMESPACES`, commas between). */
export const trafficNamespaces = (): readonly string[] =>
  checked("HEADGATE_TRAFFIC_NAMESPACES", NAMESPACE, "names of Cloud Map namespaces, commas between");

/** Rules and listeners of application load balancers whose weights may be set (`HEADGATE_TRAFFIC_LISTENERS`, commas between). */
export function trafficListeners(): { readonly rules: string[]; readonly listeners: string[] } {
  const arns = checked("HEADGATE_TRAFFIC_LISTENERS", FORWARDS, "ARNs of listeners and of their rules, commas between");
  const isRule = (arn: string) => arn.includes(":listener-rule/");
  return { rules: arns.filter(isRule), listeners: arns.filter((arn) => !isRule(arn)) };
}

const FUNCTION = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]{1,64}$/;

/** Functions whose aliases' weights may be set (`HEADGATE_TRAFFIC_FUNCTIONS`, commas between). */
export const trafficFunctions = (): string[] => [
  ...checked("HEADGATE_TRAFFIC_FUNCTIONS", FUNCTION, "ARNs of functions, without version or alias, commas between"),
];

/**
 * Where health checks are made from, for backends with private addresses: subnets with a way to DynamoDB, S3 and SQS, and the security
 * groups that the backends let in. Undefined: from outside of any VPC.
 */
export function checksNetwork(): { readonly privateSubnets: string[]; readonly securityGroups: string[] } | undefined {
  const subnets = checked("HEADGATE_TRAFFIC_SUBNETS", /^subnet-[a-f0-9]+$/, "ids of subnets, commas between");
  const groups = checked(
    "HEADGATE_TRAFFIC_SECURITY_GROUPS",
    /^sg-[a-f0-9]+$/,
    "ids of security groups, commas between",
  );
  if (subnets.length === 0 && groups.length === 0) return undefined;
  if (subnets.length === 0 || groups.length === 0)
    throw new Error("HEADGATE_TRAFFIC_SUBNETS and HEADGATE_TRAFFIC_SECURITY_GROUPS: both or none");
  return { privateSubnets: [...subnets], securityGroups: [...groups] };
}
