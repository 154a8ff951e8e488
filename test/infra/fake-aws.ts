import type { Store } from "../../shared/core/ports/store.ts";
import { dynamodbStore } from "../../shared/edge/dynamodb-store.ts";
import { type Dynalite, startDynalite } from "../contract/dynalite.ts";
import { type AlbWire, albWire } from "../fakes/alb-wire.ts";
import { type CloudMapWire, cloudMapWire } from "../fakes/cloud-map-wire.ts";
import { type CloudWatchWire, cloudwatchWire } from "../fakes/cloudwatch-wire.ts";
import { type EcsWire, ecsWire } from "../fakes/ecs-wire.ts";
import { s3Wire } from "../fakes/s3-wire.ts";
import { type TimersWire, timersWire } from "../fakes/timers-wire.ts";
import { awsFront, type Front } from "./aws-front.ts";

const BUCKET = "headgate-test";
const MINUTE_MS = 60_000;

/** All of AWS that Headgate uses, on loopback, behind one address. */
export interface FakeAws {
  readonly front: Front;
  readonly dynalite: Dynalite;
  readonly cloudwatch: CloudWatchWire;
  readonly ecs: EcsWire;
  readonly timers: TimersWire;
  readonly cloudMap: CloudMapWire;
  readonly alb: AlbWire;
  /** The environment that the stack would give a function, and credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** The function's own store, for putting things into it from outside. */
  readonly store: Store;
  /** What CloudWatch measured of an ECS service in the last five whole minutes and in the one that runs, percent. */
  measured(service: string, cpu: number, memory: number): void;
  close(): Promise<void>;
}

export async function fakeAws(): Promise<FakeAws> {
  const [dynalite, cloudwatch, ecs, s3, timers, cloudMap, alb] = await Promise.all([
    startDynalite(),
    cloudwatchWire(),
    ecsWire({ now: Date.now, startMs: 0 }),
    s3Wire({ bucket: BUCKET }),
    timersWire({ now: Date.now }),
    cloudMapWire(),
    albWire(),
  ]);
  const front = await awsFront({
    dynamodb: dynalite.endpoint,
    monitoring: cloudwatch.endpoint,
    ecs: ecs.endpoint,
    s3: s3.endpoint,
    sqs: timers.sqs.endpoint,
    scheduler: timers.scheduler.endpoint,
    servicediscovery: cloudMap.endpoint,
    elasticloadbalancing: alb.endpoint,
  });
  const table = await dynalite.table();
  return {
    front,
    dynalite,
    cloudwatch,
    ecs,
    timers,
    cloudMap,
    alb,
    env: {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      HEADGATE_AWS_ENDPOINT: front.endpoint,
      HEADGATE_TABLE: table,
      HEADGATE_BUCKET: BUCKET,
      HEADGATE_QUEUE_URL: timers.queueUrl,
      HEADGATE_QUEUE_ARN: timers.queueArn,
      HEADGATE_SCHEDULER_GROUP: timers.group,
      HEADGATE_SCHEDULER_ROLE_ARN: timers.roleArn,
      HEADGATE_TENANT: "default",
      HEADGATE_STAGE: "test",
    },
    store: dynamodbStore({ client: dynalite.client, table, now: Date.now }),
    measured: (service, cpu, memory) => {
      const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      const dimensions = { ClusterName: "data", ServiceName: service };
      for (let back = 0; back <= 5; back++) {
        cloudwatch.put("AWS/ECS", "CPUUtilization", dimensions, minute - back * MINUTE_MS, cpu);
        cloudwatch.put("AWS/ECS", "MemoryUtilization", dimensions, minute - back * MINUTE_MS, memory);
      }
    },
    close: async () => {
      await Promise.all([front, cloudwatch, ecs, s3, timers, cloudMap, alb, dynalite].map((part) => part.close()));
    },
  };
}
