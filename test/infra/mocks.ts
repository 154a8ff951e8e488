import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./platform.ts";
import type { Synth } from "./synth.ts";

const REGION = "eu-central-1";
const ACCOUNT = "123456789012";

type Values = Record<string, unknown>;

const arn = (service: string, rest: string, region = REGION, account = ACCOUNT) =>
  `arn:aws:${service}:${region}:${account}:${rest}`;

/** The physical name of what is given none: as Pulumi does it, but always the same. */
export const autoName = (name: string) => `${name}-0000000`;

/** What AWS would answer after creating a resource, as far as components and stacks read it back. */
export function mockState(type: string, name: string, inputs: Values): Values {
  const given = typeof inputs["name"] === "string" ? inputs["name"] : autoName(name);
  const base: Values = { ...inputs, name: given };
  switch (type) {
    case "aws:lambda/function:Function": {
      const fn = arn("lambda", `function:${given}`);
      const invokeArn = `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${fn}/invocations`;
      return {
        ...base,
        arn: fn,
        version: "1",
        qualifiedArn: `${fn}:1`,
        invokeArn,
        qualifiedInvokeArn: invokeArn,
        responseStreamingInvokeArn: invokeArn,
        publish: inputs["publish"] ?? false,
        lastModified: "2026-01-01T00:00:00.000+0000",
      };
    }
    case "aws:lambda/functionUrl:FunctionUrl":
      return { ...base, functionUrl: `https://${name}.lambda-url.${REGION}.on.aws/` };
    case "aws:iam/role:Role":
      return { ...base, arn: arn("iam", `role/${given}`, "") };
    case "aws:sqs/queue:Queue":
      return { ...base, arn: arn("sqs", given), url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${given}` };
    case "aws:sns/topic:Topic":
      return { ...base, arn: arn("sns", given) };
    case "aws:dynamodb/table:Table":
      return { ...base, arn: arn("dynamodb", `table/${given}`), streamArn: arn("dynamodb", `table/${given}/stream/1`) };
    case "aws:s3/bucket:Bucket":
    case "aws:s3/bucketV2:BucketV2": {
      const bucket = typeof inputs["bucket"] === "string" ? inputs["bucket"] : name.toLowerCase();
      return {
        ...base,
        bucket,
        arn: `arn:aws:s3:::${bucket}`,
        bucketRegionalDomainName: `${bucket}.s3.${REGION}.amazonaws.com`,
      };
    }
    case "aws:apigatewayv2/api:Api":
      return {
        ...base,
        arn: `arn:aws:apigateway:${REGION}::/apis/${name}`,
        apiEndpoint: `https://${name.toLowerCase()}.execute-api.${REGION}.amazonaws.com`,
        executionArn: arn("execute-api", name),
      };
    case "aws:cloudwatch/eventRule:EventRule":
      return { ...base, arn: arn("events", `rule/${given}`) };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { ...base, arn: arn("logs", `log-group:${given}`) };
    case "aws:scheduler/scheduleGroup:ScheduleGroup":
      return { ...base, arn: arn("scheduler", `schedule-group/${given}`) };
    case "random:index/randomBytes:RandomBytes":
      return { ...base, base64: Buffer.alloc(32, 7).toString("base64"), hex: "07".repeat(32) };
    default:
      return { ...base, arn: arn("mock", `${type}/${given}`) };
  }
}

/** The provider's functions that compute or look something up. */
export function mockInvoke(token: string, inputs: Values): Values {
  switch (token) {
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return { json: JSON.stringify(policyDocument(inputs)), statements: inputs["statements"] as unknown };
    case "aws:index/getRegion:getRegion":
      return { id: REGION, name: REGION, region: REGION, endpoint: `ec2.${REGION}.amazonaws.com`, description: "" };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: ACCOUNT, accountId: ACCOUNT, arn: arn("iam", "user/mock", ""), userId: "mock" };
    default:
      throw new Error(`the synthesis has no answer for ${token}`);
  }
}

interface Statement {
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** As the provider renders it: single values are still lists here, which reads the same. */
function policyDocument(inputs: Values): unknown {
  const statements = (inputs["statements"] ?? []) as Statement[];
  return {
    Version: "2012-10-17",
    Statement: statements.map(({ effect, actions, resources, principals, conditions }) => ({
      Effect: effect ?? "Allow",
      Action: actions,
      ...(resources ? { Resource: resources } : {}),
      ...(principals
        ? { Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])) }
        : {}),
      ...(conditions && conditions.length > 0 ? { Condition: conditionBlock(conditions) } : {}),
    })),
  };
}

function conditionBlock(conditions: { test: string; variable: string; values: string[] }[]): unknown {
  const block: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) block[test] = { ...block[test], [variable]: values };
  return block;
}

/** SST's own server: the account's bootstrap, the builds, and resources that SST itself provides. */
export function answerCall(method: string, args: unknown, builds: Synth["builds"], errors: string[]): unknown {
  if (method === "Provider.Aws.Bootstrap") {
    return {
      result: {
        asset: "sst-asset-mock",
        state: "sst-state-mock",
        assetEcrRegistryId: ACCOUNT,
        assetEcrUrl: "mock",
        appsyncHttp: "",
        appsyncRealtime: "",
      },
    };
  }
  if (method === "Runtime.Build") {
    const input = args as Synth["builds"][number];
    builds.push({
      functionID: input.functionID,
      handler: input.handler,
      runtime: input.runtime,
      properties: input.properties,
    });
    // Said here instead of failing the build, so that the rest is synthesised and one run names every fault.
    const fault = handlerFault(input.handler);
    if (fault) errors.push(fault);
    // A folder with something in it, as the component zips what it is given.
    const out = join(root, "test/infra/fixtures/bundle");
    return { result: { handler: "bundle.handler", out, errors: [], sourcemaps: [] } };
  }
  if (method.startsWith("Resource.")) return { result: { id: "mock", outs: {} } };
  return { error: `rpc: can't find method ${method}` };
}

/** Why a handler string leads nowhere, or undefined. */
export function handlerFault(handler: string): string | undefined {
  const dot = handler.lastIndexOf(".");
  const file = join(root, `${handler.slice(0, dot)}.ts`);
  const name = handler.slice(dot + 1);
  if (!existsSync(file)) return `handler not found: ${handler}`;
  const exported = new RegExp(
    `export\\s+(?:async\\s+)?(?:function|const|let)\\s+${name}\\b|export\\s*\\{[^}]*\\b${name}\\b`,
  );
  return exported.test(readFileSync(file, "utf8")) ? undefined : `handler not exported: ${handler}`;
}
