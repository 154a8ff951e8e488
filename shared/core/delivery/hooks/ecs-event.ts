import * as v from "valibot";
import { HeadgateError } from "../../kernel/errors.ts";

/** Stages at which Amazon ECS calls a lifecycle hook, in their order. */
export const ECS_STAGES = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
] as const;

export type EcsStage = (typeof ECS_STAGES)[number];

const Weights = v.optional(v.nullish(v.record(v.string(), v.number())));
const Details = v.looseObject({
  serviceArn: v.string(),
  targetServiceRevisionArn: v.string(),
  testTrafficWeights: Weights,
  productionTrafficWeights: Weights,
});

/** What ECS hands to a hook. */
export interface EcsHookEvent {
  readonly executionId: string;
  readonly stage: EcsStage;
  readonly deploymentArn: string;
  readonly serviceArn: string;
  /** Last two parts of the service's ARN; older ARNs name no cluster. */
  readonly cluster?: string;
  readonly service: string;
  /** The revision that is being deployed, also while it is rolled back. */
  readonly target: string;
  /** Percent by revision; may be empty. */
  readonly test: Readonly<Record<string, number>>;
  readonly production: Readonly<Record<string, number>>;
  readonly details: Readonly<Record<string, unknown>>;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads the event of a lifecycle hook (ECS developer guide, "Lambda hooks"). The weights may stand beside the stage or below
 * `executionDetails`.
 *
 * @throws HeadgateError `input.invalid`; ECS takes a hook that throws for a failed one and rolls back
 */
export function parseEcsEvent(event: unknown): EcsHookEvent {
  const refuse = (path: string, message: string, allowed: string): HeadgateError =>
    new HeadgateError("input.invalid", `the event is no call of a lifecycle hook: ${path} ${message}`, {
      faults: [{ path, message, allowed }],
    });
  if (!isObject(event)) throw refuse("", "is no object", "an object");
  const { lifecycleStage } = event;
  const stage = ECS_STAGES.find((one) => one === lifecycleStage);
  if (!stage) throw refuse("lifecycleStage", `is ${String(lifecycleStage)}`, ECS_STAGES.join(", "));
  const inner = isObject(event["executionDetails"]) ? event["executionDetails"] : event;
  const parsed = v.safeParse(Details, inner);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw refuse(
      `executionDetails.${issue?.path?.map(({ key }) => String(key)).join(".") ?? ""}`,
      issue?.message ?? "is wrong",
      "serviceArn and targetServiceRevisionArn as text, weights as numbers by revision",
    );
  }
  const { serviceArn, targetServiceRevisionArn, testTrafficWeights, productionTrafficWeights } = parsed.output;
  const parts = serviceArn.slice(serviceArn.indexOf("service/") + "service/".length).split("/");
  const service = parts.at(-1) ?? serviceArn;
  const cluster = parts.length > 1 ? parts.at(-2) : undefined;
  const { executionId, resourceArn, hookDetails } = event;
  return {
    executionId: typeof executionId === "string" ? executionId : "",
    stage,
    deploymentArn: typeof resourceArn === "string" ? resourceArn : "",
    serviceArn,
    service,
    ...(cluster ? { cluster } : {}),
    target: targetServiceRevisionArn,
    test: testTrafficWeights ?? {},
    production: productionTrafficWeights ?? {},
    details: isObject(hookDetails) ? hookDetails : {},
  };
}

/**
 * Whether this call belongs to a rollback. There is no stage of its own: production traffic is being shifted and the
 * target gets nothing of it, another revision all. (The same weights before the shift are the ordinary beginning.)
 */
export function isEcsRollback({ stage, target, production, test }: EcsHookEvent): boolean {
  const weights = stage === "PRODUCTION_TRAFFIC_SHIFT" ? production : stage === "TEST_TRAFFIC_SHIFT" ? test : undefined;
  if (!weights) return false;
  const others = Object.entries(weights).filter(([revision]) => revision !== target);
  return (weights[target] ?? 0) === 0 && others.some(([, weight]) => weight === 100);
}

/** Percent of production traffic that the target has; 0 where nothing is told. */
export const targetShare = ({ production, target }: EcsHookEvent): number => production[target] ?? 0;

/** The revision that serves beside the target; undefined: none is named. */
export const otherRevision = ({ production, test, target }: EcsHookEvent): string | undefined =>
  [...Object.keys(production), ...Object.keys(test)].find((revision) => revision !== target);
