import { serve, type Wire, type WireAnswer, WireFault, type WireRequest } from "./wire.ts";

export interface LambdaAlias {
  readonly version: string;
  /** Share 0..1 of an additional published version. */
  readonly additional?: Readonly<Record<string, number>>;
}

/** Aliases of AWS Lambda as far as Headgate sees them: REST with JSON, changes conditional on a revision; and functions that are called and not waited for. */
export interface LambdaWire extends Wire {
  /** A function that can be called. */
  define(name: string): void;
  /** Events that such a function was handed, oldest first. */
  events(name: string): readonly unknown[];
  /** Another hand. */
  put(name: string, alias: LambdaAlias): void;
  alias(name: string): LambdaAlias | undefined;
}

interface Kept extends LambdaAlias {
  readonly revision: number;
}

const INVOKED = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const PATH = /^\/2015-03-31\/functions\/([^/]+)\/aliases\/([^/]+)$/;

/** An answer of Lambda that says what went wrong. */
export function lambdaFault(type: string, status = 400): WireAnswer {
  const headers = { "content-type": "application/json", "x-amzn-errortype": type };
  return { status, headers, body: JSON.stringify({ Type: "User", message: `injected ${type}` }) };
}

export async function lambdaWire(): Promise<LambdaWire> {
  const aliases = new Map<string, Kept>();
  let revisions = 0;
  const put = (name: string, alias: LambdaAlias) => void aliases.set(name, { ...alias, revision: ++revisions });

  const called = new Map<string, unknown[]>();
  const invoked = ({ url, body, headers }: WireRequest): WireAnswer => {
    const name = decodeURIComponent(INVOKED.exec(url.pathname)?.[1] ?? "");
    const events = called.get(name);
    if (!events) throw new WireFault("ResourceNotFoundException", `Function not found: ${name}`, 404);
    if (headers["x-amz-invocation-type"] !== "Event") throw new WireFault("InvalidParameterValueException", "waits");
    events.push(JSON.parse(body.toString("utf8")));
    return { status: 202, headers: {}, body: "" };
  };

  const wire = await serve(
    ({ method, url }) => {
      if (INVOKED.test(url.pathname)) return "Invoke";
      return PATH.test(url.pathname) ? (method === "PUT" ? "UpdateAlias" : "GetAlias") : "unknown";
    },
    (operation, request) => {
      if (operation === "Invoke") return invoked(request);
      const { url, body } = request;
      const [, fn = "", alias = ""] = PATH.exec(url.pathname) ?? [];
      const name = `${fn}:${alias}`;
      const found = aliases.get(name);
      if (!found) throw new WireFault("ResourceNotFoundException", `Cannot find alias arn: ${name}`, 404);
      if (operation === "UpdateAlias") {
        const input = JSON.parse(body.toString("utf8")) as {
          readonly FunctionVersion?: string;
          readonly RevisionId?: string;
          readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> };
        };
        if (input.RevisionId !== undefined && input.RevisionId !== `${found.revision}`)
          throw new WireFault("PreconditionFailedException", "The RevisionId provided does not match", 412);
        const version = input.FunctionVersion ?? found.version;
        const additional = input.RoutingConfig?.AdditionalVersionWeights ?? found.additional ?? {};
        const wrong = Object.entries(additional).some(([one, weight]) => one === version || weight < 0 || weight > 1);
        if (wrong || Object.keys(additional).length > 1 || version === "$LATEST")
          throw new WireFault("InvalidParameterValueException", "Invalid weights or versions");
        put(name, { version, additional });
      }
      const { version, additional, revision } = aliases.get(name) as Kept;
      const weights = additional && Object.keys(additional).length > 0 ? additional : undefined;
      return {
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          AliasArn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
          Name: alias,
          FunctionVersion: version,
          RevisionId: `${revision}`,
          ...(weights ? { RoutingConfig: { AdditionalVersionWeights: weights } } : {}),
        }),
      };
    },
    ({ type, status, message }) => ({
      status,
      headers: { "content-type": "application/json", "x-amzn-errortype": type },
      body: JSON.stringify({ Type: "User", message }),
    }),
  );
  return {
    ...{ ...wire, put, alias: (name) => aliases.get(name) },
    define: (name) => void called.set(name, []),
    events: (name) => called.get(name) ?? [],
  };
}
