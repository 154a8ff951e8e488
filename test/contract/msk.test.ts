import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { type MskAccess, mskBrokers } from "../../shared/edge/msk-brokers.ts";
import { mskToken } from "../../shared/edge/msk-token.ts";
import { serve, type Wire, type WireFault, wireClients } from "../fakes/wire.ts";

const ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/orders/abcd-1";
const LISTENERS = {
  bootstrapBrokerString: "b-1.orders:9092,b-2.orders:9092",
  bootstrapBrokerStringTls: "b-1.orders:9094",
  bootstrapBrokerStringSaslIam: "b-1.orders:9098, b-2.orders:9098",
  bootstrapBrokerStringPublicSaslScram: "b-1-public.orders:9196",
};

describe("brokers of a managed cluster", () => {
  let wire: Wire;
  let clients: AwsClients;
  beforeAll(async () => {
    wire = await serve(
      ({ method, url }) => `${method} ${decodeURIComponent(url.pathname)}`,
      () => ({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(LISTENERS) }),
      (fault: WireFault) => ({
        status: fault.status,
        headers: { "x-amzn-errortype": fault.type },
        body: JSON.stringify({ message: fault.message }),
      }),
    );
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterAll(async () => {
    await clients.close();
    await wire.close();
  });
  const asked = (access: MskAccess) => mskBrokers(clients.msk, ARN, access);

  test.each<[MskAccess, number, string]>([
    ["iam", 2, "b-1.orders:9098"],
    ["tls", 1, "b-1.orders:9094"],
    ["plaintext", 2, "b-1.orders:9092"],
    // Only those for clients from elsewhere are there.
    ["scram", 1, "b-1-public.orders:9196"],
  ])("for %s are those that take it", async (access, count, first) => {
    const found = await asked(access);
    expect(found).toHaveLength(count);
    expect(`${found[0]?.host}:${found[0]?.port}`).toBe(first);
    expect(Object.keys(wire.counts())).toEqual([`GET /v1/clusters/${ARN}/bootstrap-brokers`]);
  });

  test.each([
    [403, "ForbiddenException", "streams.denied", false],
    [404, "NotFoundException", "streams.unavailable", false],
    [503, "ServiceUnavailableException", "streams.unavailable", true],
  ] as const)("an answer of %i (%s) is %s, with the ARN", async (status, type, code, retryable) => {
    wire.inject("*", { status, headers: { "x-amzn-errortype": type }, body: '{"message":"no"}' });
    await expect(asked("iam")).rejects.toMatchObject({ code, retryable, message: expect.stringContaining(ARN) });
  });
});

describe("a token for IAM", () => {
  const SIGNED =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-west-1%2Fkafka-cluster%2Faws4_request";
  // Signatures of the same addresses as botocore's SigV4QueryAuth makes them.
  test.each([
    [undefined, "7cc178453342e479def8e0e69cbff443ca929b5b0426af0f4b64554172c7195d"],
    ["session/token+1=", "7d88c84a54515076e7c637a468ff0469ff7e0fecf49b120a60c294dd576593c7"],
  ])("with the session %s is the address that botocore signs", async (sessionToken, signature) => {
    const credentials = async () => ({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const token = await mskToken({ region: "eu-west-1", credentials, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    const url = new URL(Buffer.from(token, "base64url").toString());
    expect(url.host).toBe("kafka.eu-west-1.amazonaws.com");
    const query = Object.fromEntries(url.searchParams);
    const said = Object.fromEntries(new URLSearchParams(SIGNED));
    expect(query).toEqual({
      ...said,
      Action: "kafka-cluster:Connect",
      "X-Amz-Date": "20260102T030405Z",
      "X-Amz-Expires": "900",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": signature,
      "User-Agent": "headgate",
      ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken }),
    });
  });
});
