import {
  CreateClusterCommand,
  CreateServiceCommand,
  type ECSClient,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { wireClients } from "../fakes/wire.ts";
import { type Part, startMoto } from "./parts.ts";

export const REGION = "eu-central-1";

/** A running moto, clients for it, and clients for an address where nobody listens. */
export interface Moto {
  readonly part: Part;
  readonly clients: AwsClients;
  readonly nobody: AwsClients;
  /** Names that nothing in this moto has yet. */
  readonly fresh: (prefix: string) => string;
  readonly stop: () => Promise<void>;
}

export async function moto(): Promise<Moto> {
  const part = await startMoto();
  const clients = wireClients(part.endpoint);
  // Port 9 (discard) of loopback: nothing listens there, and the refusal comes at once.
  const nobody = wireClients("http://127.0.0.1:9", { maxAttempts: 1 });
  let names = 0;
  return {
    part,
    clients,
    nobody,
    fresh: (prefix) => `${prefix}-${++names}`,
    stop: async () => {
      await Promise.all([clients.close(), nobody.close()]);
      await part.stop();
    },
  };
}

/** Switches a client source to nobody's address, which is how a service goes away for the adapter. */
export function breakable<Client>(good: () => Promise<Client>, dead: () => Promise<Client>) {
  let broken = false;
  return {
    client: () => (broken ? dead() : good()),
    breakDown: async () => {
      broken = true;
    },
  };
}

/** A cluster and services of two tasks each. */
export async function createServices(ecs: ECSClient, cluster: string, names: readonly string[]): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  const containerDefinitions = [{ name: "main", image: "example", memory: 64 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "task", containerDefinitions }));
  for (const serviceName of names)
    await ecs.send(new CreateServiceCommand({ cluster, serviceName, taskDefinition: "task", desiredCount: 2 }));
}

export async function createBucket(s3: S3Client, name: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: REGION } }));
}

/** The default VPC and two subnets of it; EC2 has no client here, and moto checks no signature. */
export async function network(endpoint: string): Promise<{ readonly vpc: string; readonly subnets: string[] }> {
  const scope = `Credential=test/20260101/${REGION}/ec2/aws4_request`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    },
    body: "Action=DescribeSubnets&Version=2016-11-15",
  });
  const text = await answer.text();
  const all = (name: string) =>
    [...text.matchAll(new RegExp(`<${name}>([^<]+)</${name}>`, "g"))].map(([, id]) => id ?? "");
  return { vpc: all("vpcId")[0] ?? "", subnets: all("subnetId").slice(0, 2) };
}
