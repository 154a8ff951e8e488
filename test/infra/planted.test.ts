import { beforeAll, describe, expect, it } from "vitest";
import { RULES, type Violation, violations } from "./rules.ts";
import { synth } from "./synth.ts";

const FOLDER = "test/infra/fixtures/planted";

/** What fixtures/planted/violations.config.ts does wrong, and who must notice. */
const PLANTED: readonly (readonly [rule: string, resource: string, text: RegExp])[] = [
  ["synthesised", "app", /handler not found: functions\/autoscaling\/nowhere\.handler/],
  ["synthesised", "app", /handler not exported: functions\/autoscaling\/alarm\.nothing/],
  ["function-platform", "OldPlatformFunction", /runtime nodejs22\.x/],
  ["function-platform", "OldPlatformFunction", /architecture x86_64/],
  ["function-logs", "TextLogsFunction", /not JSON/],
  ["function-logs", "TextLogsFunction", /for ever/],
  ["trust", "RootTrustRole", /:root/],
  ["wildcard", "AnyActionRole", /action dynamodb:\*/],
  ["wildcard", "AnyResourceRole", /s3:GetObject on \*/],
  ["managed-policy", "ManagedRole", /AdministratorAccess/],
  ["ecs-tag", "AnyServiceRole", /no tag/],
  ["ecs-make", "AnyMadeRole", /no tag/],
  ["pass-role", "AnyPassedRole", /any service/],
  ["trust", "AnyAccount", /ecs\.amazonaws\.com/],
  ["trust", "AnyCopier", /s3\.amazonaws\.com/],
  ["wildcard", "AnyBucketRole", /s3:GetObject on arn:aws:s3:::orders-data\/\*/],
  ["wildcard", "AnySecretRole", /secretsmanager:GetSecretValue on \*/],
  ["wildcard", "AnyTopicRole", /kafka-cluster:ReadData on arn:aws:kafka:eu-central-1:123456789012:topic\/\*/],
  ["list-tasks", "AnyClusterRole", /clusters anywhere/],
  ["list-tasks", "AnyListRole", /clusters anywhere/],
  ["discover-namespace", "AnyNamespaceRole", /every namespace/],
  ["invoke-source", "AnyRule", /events\.amazonaws\.com/],
  ["rule-dlq", "NakedTarget", /no dead-letter queue/],
  ["rule-dlq", "NakedTarget", /no retries/],
  ["rule-dlq", "MuteTarget", /EventBridge may not send/],
  ["schedule-dlq", "NakedCronSchedule", /no dead-letter queue/],
  ["schedule-dlq", "NakedCronSchedule", /no retries/],
  ["async-dlq", "DroppedFunction", /is dropped/],
  ["async-dlq", "DroppedFunction", /not tried again/],
  ["async-dlq", "SenderFunction", /may not send/],
  ["queue", "ImpatientQueue", /no dead-letter queue after three tries/],
  ["queue", "ImpatientQueue", /visible again after 30 s/],
  ["queue", "ImpatientQueue", /repeats the whole batch/],
  ["dead-letters", "ShortDeadQueue", /less than 14 days/],
  ["dead-letters", "ShortDeadQueue", /nobody is told/],
  ["function-alarm", "DroppedFunction", /nobody is told/],
  ["alarm-routes", "app", /an alarm of a service wakes DroppedFunction and SenderFunction/],
  ["alarm-routes", "app", /an alarm of a rule wakes DroppedFunction and SenderFunction/],
  ["alarm-routes", "app", /a part of a composite alarm wakes DroppedFunction/],
  ["alarm", "OwnGoal", /would wake autoscaling/],
  ["alarm", "OwnGoal", /tells nobody/],
  ["alarm", "OwnGoal", /missing data/],
  ["table", "FragileTable", /point-in-time/],
  ["table", "FragileTable", /time to live/],
  ["table", "FragileTable", /deleted in production/],
  ["bucket", "LooseBucket", /emptied/],
  ["bucket", "LooseBucket", /public/],
  ["bucket", "LooseBucket", /without TLS/],
  ["bucket", "LooseBucket", /overwrites/],
  ["bucket", "LooseBucket", /no lifecycle/],
  ["bucket", "LooseBucket", /any origin/],
  ["api", "UnthrottledStage", /not throttled/],
  ["open-url", "OpenUrlUrl", /whole internet/],
];

describe("planted violations", () => {
  let found: readonly Violation[];
  beforeAll(async () => {
    found = violations(await synth({ stage: "prod", config: `${FOLDER}/violations.config.ts` }));
  });

  it.each(PLANTED)("%s catches %s (%s)", (rule, resource, text) => {
    const here = found.filter((one) => one.rule === rule && one.resource === resource).map((one) => one.text);
    expect(here).toContainEqual(expect.stringMatching(text));
  });

  it("every rule has something planted for it", () => {
    expect([...new Set(PLANTED.map(([rule]) => rule))].sort()).toEqual(Object.keys(RULES).sort());
  });
});

describe("a synthesis that cannot end", () => {
  it("is ended with the reason when an output is rejected", async () => {
    const { errors } = await synth({ stage: "dev", config: `${FOLDER}/rejected.config.ts` });
    expect(errors).toContainEqual(expect.stringContaining("Set a value for Missing"));
  });

  it("is ended before anything is deployed for a tenant that could have no key", async () => {
    const { errors } = await synth({ stage: "dev", env: { HEADGATE_TENANT: "Team A" } });
    expect(errors.join()).toContain('HEADGATE_TENANT "Team A": allowed are a-z, 0-9 and -, at most 40');
  });

  it.each([
    ["HEADGATE_MONITORING", "yes", "allowed are on and off"],
    ["HEADGATE_SCORING", "1", "allowed are on and off"],
    ["HEADGATE_AMP_WORKSPACE_ARN", "ws-1", "an ARN as arn:aws:aps:REGION:ACCOUNT:workspace/"],
  ])("is ended before anything is deployed where %s is %s", async (name, value, words) => {
    const { errors } = await synth({ stage: "dev", env: { HEADGATE_MONITORING: "on", [name]: value } });
    expect(errors.join()).toContain(`${name} "${value}": ${words}`);
  });

  it("says which file of the configuration cannot be read", async () => {
    const { errors } = await synth({ stage: "dev", config: `${FOLDER}/absent.config.ts` });
    expect(errors.join()).toContain("absent.config.ts");
  });
});
