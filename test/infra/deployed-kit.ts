import type { AwsCall } from "./aws-front.ts";
import type { Statement } from "./read.ts";

/** Whether some statement allows the action on a resource of this kind. */
export function allowed(grants: readonly Statement[], { action, index, object }: AwsCall): boolean {
  return grants.some(({ Action, Resource }) => {
    if (!Action.includes(action)) return false;
    if (action.startsWith("dynamodb:")) {
      return Resource.some((arn) => (index ? arn.endsWith(`/index/${index}`) : !arn.includes("/index/")));
    }
    if (object !== undefined) {
      return Resource.some((arn) => object.startsWith(arn.slice(arn.indexOf("/") + 1).replace(/\*$/, "")));
    }
    return true;
  });
}

/** API Gateway's HTTP API, payload format 2.0. */
export function httpEvent(method: string, path: string, key?: string, body?: unknown) {
  const [rawPath = "/", rawQueryString = ""] = path.split("?");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: {
      host: "api.example.com",
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined
        ? {}
        : {
            "content-type": "application/json",
            "idempotency-key": `infra-${method}-${path}-${JSON.stringify(body).length}`,
          }),
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.example.com",
      domainPrefix: "api",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: "infra" },
      requestId: "infra",
      routeKey: "$default",
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

/** EventBridge's event of an alarm that changed state. */
export function alarmEvent(alarmName: string, value: "ALARM" | "OK") {
  const at = new Date().toISOString();
  return {
    version: "0",
    id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: "123456789012",
    time: at,
    region: "eu-central-1",
    resources: [`arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${alarmName}`],
    detail: {
      alarmName,
      state: { value, reason: "Threshold Crossed", timestamp: at.replace("Z", "+0000") },
      previousState: { value: "OK" },
    },
  };
}
