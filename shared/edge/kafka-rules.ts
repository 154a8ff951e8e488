import {
  AclOperations,
  AclPermissionTypes,
  type API,
  alterClientQuotasV1,
  createAclsV3,
  describeAclsV3,
  describeClientQuotasV1,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka";
import type { StreamAcl, StreamQuota } from "../core/kernel/streams.ts";
import type { Streams } from "../core/ports/streams.ts";
import { CODE, codeError } from "./kafka-errors.ts";
import type { KafkaLink } from "./kafka-link.ts";
import { insist } from "./kafka-rounds.ts";
import { resultOf } from "./kafka-topics.ts";

/** Numbers of the protocol and Kafka's words for them; a number that is not known stays one. */
const wordOf = (words: Readonly<Record<string, number>>, number: number): string =>
  Object.entries(words).find(([, value]) => value === number)?.[0] ?? String(number);
function numberOf(words: Readonly<Record<string, number>>, word: string): number | undefined {
  const found = words[word.toUpperCase()];
  return found ?? (/^\d{1,2}$/.test(word) ? Number(word) : undefined);
}

const ANY = 1;
const EVERYTHING = {
  resourceType: ANY,
  resourceName: null,
  resourcePatternType: ANY,
  principal: null,
  host: null,
  operation: ANY,
  permissionType: ANY,
} as const;

type Rule = Parameters<typeof createAclsV3.api.async>[1][number];

function ruleOf(acl: StreamAcl): Rule | undefined {
  const resourceType = numberOf(ResourceTypes, acl.resourceType);
  const resourcePatternType = numberOf(ResourcePatternTypes, acl.patternType);
  const operation = numberOf(AclOperations, acl.operation);
  const permissionType = numberOf(AclPermissionTypes, acl.permission);
  if (
    resourceType === undefined ||
    resourcePatternType === undefined ||
    operation === undefined ||
    permissionType === undefined
  )
    return undefined;
  const { resourceName, principal, host } = acl;
  return { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType } as Rule;
}

const inOrder = <T>(all: T[], key: (one: T) => string): T[] => all.sort((a, b) => (key(a) < key(b) ? -1 : 1));

const ANY_QUOTA = 2;
const ENTITIES = ["user", "client-id", "ip"] as const;

interface QuotaChange {
  readonly entities: { entityType: string; entityName: string | null }[];
  readonly ops: { key: string; value: number; remove: false }[];
}
const ALTER_QUOTAS = [alterClientQuotasV1.api] as unknown as readonly API<
  [entries: QuotaChange[], check: boolean],
  { readonly entries: readonly { readonly errorCode: number; readonly errorMessage: string | null }[] }
>[];

export function kafkaRules(link: KafkaLink): Pick<Streams, "acls" | "quotas" | "addAcls" | "setQuotas"> {
  return {
    acls: () =>
      insist(link, async () => {
        const { errorCode, errorMessage, resources } = await link.ask("any", [describeAclsV3.api], EVERYTHING as never);
        // No authorizer, hence no rules.
        if (errorCode === CODE.securityOff) return [];
        if (errorCode !== CODE.none) throw codeError(link.name, errorCode, "DESCRIBE on cluster", errorMessage);
        const all = resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
          acls.map(
            ({ principal, host, operation, permissionType }): StreamAcl => ({
              resourceType: wordOf(ResourceTypes, resourceType),
              resourceName,
              patternType: wordOf(ResourcePatternTypes, resourcePatternType),
              principal,
              host,
              operation: wordOf(AclOperations, operation),
              permission: wordOf(AclPermissionTypes, permissionType),
            }),
          ),
        );
        return inOrder(all, (one) => JSON.stringify(Object.values(one)));
      }),
    quotas: () =>
      insist(link, async () => {
        // One question for each kind of entity that a quota can have; a quota of a user and a client answers two of them.
        const found = new Map<string, StreamQuota>();
        for (const kind of ENTITIES) {
          const answer = await link.ask(
            "any",
            [describeClientQuotasV1.api],
            [{ entityType: kind, matchType: ANY_QUOTA }],
            false,
          );
          if (answer.errorCode !== CODE.none)
            throw codeError(link.name, answer.errorCode, "DESCRIBE_CONFIGS on cluster", answer.errorMessage);
          for (const { entity, values } of answer.entries ?? []) {
            const who = Object.fromEntries(
              inOrder(
                entity.map((one): [string, string | null] => [one.entityType, one.entityName ?? null]),
                ([type]) => type,
              ),
            );
            found.set(JSON.stringify(who), {
              entity: who,
              values: Object.fromEntries(values.map(({ key, value }) => [key, value])),
            });
          }
        }
        return inOrder([...found.entries()], ([key]) => key).map(([, quota]) => quota);
      }),
    addAcls: (acls) =>
      insist(link, async () => {
        if (acls.length === 0) return { status: "done" };
        const rules = acls.map(ruleOf);
        const odd = acls[rules.indexOf(undefined)];
        if (odd !== undefined)
          return { status: "refused", why: `${JSON.stringify(odd)} has a word that Kafka does not know` };
        const { results } = await link.ask("controller", [createAclsV3.api], rules as Rule[]);
        const worst = results.find(({ errorCode }) => errorCode !== CODE.none);
        return worst === undefined
          ? { status: "done" }
          : resultOf(link, worst.errorCode, "ALTER on cluster", worst.errorMessage);
      }),
    setQuotas: (quotas) =>
      insist(link, async () => {
        if (quotas.length === 0) return { status: "done" };
        const entries = quotas.map(
          ({ entity, values }): QuotaChange => ({
            entities: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
            ops: Object.entries(values).map(([key, value]) => ({ key, value, remove: false })),
          }),
        );
        const answer = await link.ask("controller", ALTER_QUOTAS, entries, false);
        const worst = answer.entries.find(({ errorCode }) => errorCode !== CODE.none);
        return worst === undefined
          ? { status: "done" }
          : resultOf(link, worst.errorCode, "ALTER_CONFIGS on cluster", worst.errorMessage);
      }),
  };
}
