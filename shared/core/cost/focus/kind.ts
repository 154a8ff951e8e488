/**
 * What a resource is by its ARN (arn:partition:service:region:account:type/id or type:id): "ecs:task", "s3:bucket", "lambda:function".
 * Azure ids (/subscriptions/…/providers/Microsoft.Compute/virtualMachines/x) give "microsoft.compute/virtualmachines". Undefined where the id
 * is neither: an id that says nothing is not guessed at.
 */
export function resourceKind(id: string): string | undefined {
  const arn = /^arn:[^:]*:([^:]+):[^:]*:[^:]*:(.+)$/.exec(id);
  if (arn !== null) {
    const [, service = "", rest = ""] = arn;
    const type = /^([A-Za-z][A-Za-z0-9-]*)[/:]/.exec(rest)?.[1];
    if (type !== undefined) return `${service}:${type}`;
    return service === "s3" ? "s3:bucket" : service === "sns" ? "sns:topic" : service === "sqs" ? "sqs:queue" : service;
  }
  const azure = /\/providers\/([^/]+)\/([^/]+)\/[^/]+(?:\/([^/]+)\/[^/]+)?/i.exec(id);
  if (azure === null) return undefined;
  const [, provider = "", type = "", sub] = azure;
  return [provider, type, ...(sub === undefined ? [] : [sub])].join("/").toLowerCase();
}
