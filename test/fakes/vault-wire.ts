import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { type JsonMembers, jsonWire, type Wire, WireFault } from "./wire.ts";

export interface VaultWire extends Wire {
  readonly parameters: Map<string, { readonly type: string; readonly value: string }>;
  readonly secrets: Map<string, { readonly text?: string; readonly binary?: string }>;
  /** Encryption contexts that KMS was shown. */
  readonly contexts: unknown[];
}

const page = <T>(all: readonly T[], token: unknown, size: number) => {
  const from = Number(token ?? 0);
  const next = from + size < all.length ? { NextToken: String(from + size) } : {};
  return { some: all.slice(from, from + size), next };
};

/** KMS, Systems Manager parameters and Secrets Manager on one port: each names itself in its target. */
export async function vaultWire(keys: readonly string[] = []): Promise<VaultWire> {
  const parameters: VaultWire["parameters"] = new Map();
  const secrets: VaultWire["secrets"] = new Map();
  const contexts: unknown[] = [];
  const keyOf = (id: unknown) => {
    if (!keys.includes(String(id))) throw new WireFault("NotFoundException", "Key does not exist");
    return createHash("sha256").update(String(id)).digest();
  };
  const bound = (input: JsonMembers) => Buffer.from(JSON.stringify(input["EncryptionContext"] ?? {}));
  const shown = (name: string, decrypt: unknown) => {
    const found = parameters.get(name);
    if (!found) throw new WireFault("ParameterNotFound", "");
    const value = found.type === "SecureString" && decrypt !== true ? "AQECAHi-encrypted" : found.value;
    return { Name: name, Type: found.type, Value: value };
  };
  const operations: Record<string, (input: JsonMembers) => unknown> = {
    "TrentService.GenerateDataKey": (input) => {
      contexts.push(input["EncryptionContext"]);
      const plain = randomBytes(32);
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", keyOf(input["KeyId"]), nonce).setAAD(bound(input));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      const blob = Buffer.concat([nonce, cipher.getAuthTag(), text]);
      return { KeyId: input["KeyId"], Plaintext: plain.toString("base64"), CiphertextBlob: blob.toString("base64") };
    },
    "TrentService.Decrypt": (input) => {
      const blob = Buffer.from(String(input["CiphertextBlob"]), "base64");
      const decipher = createDecipheriv("aes-256-gcm", keyOf(input["KeyId"]), blob.subarray(0, 12));
      decipher.setAAD(bound(input)).setAuthTag(blob.subarray(12, 28));
      try {
        const plain = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
        return { KeyId: input["KeyId"], Plaintext: plain.toString("base64") };
      } catch {
        throw new WireFault("InvalidCiphertextException", "");
      }
    },
    "AmazonSSM.GetParameter": (input) => ({ Parameter: shown(String(input["Name"]), input["WithDecryption"]) }),
    "AmazonSSM.GetParametersByPath": (input) => {
      const below = `${String(input["Path"]).replace(/\/$/, "")}/`;
      const all = [...parameters.keys()].filter((name) => name.startsWith(below)).sort();
      const { some, next } = page(all, input["NextToken"], Number(input["MaxResults"] ?? 10));
      return { Parameters: some.map((name) => shown(name, input["WithDecryption"])), ...next };
    },
    "AmazonSSM.PutParameter": (input) => {
      const name = String(input["Name"]);
      if (parameters.has(name) && input["Overwrite"] !== true) throw new WireFault("ParameterAlreadyExists", "");
      parameters.set(name, { type: String(input["Type"]), value: String(input["Value"]) });
      return { Version: 1 };
    },
    "secretsmanager.ListSecrets": (input) => {
      const [filter] = (input["Filters"] ?? []) as readonly { readonly Values: readonly string[] }[];
      const start = (filter?.Values[0] ?? "").toLowerCase();
      const all = [...secrets.keys()].filter((name) => name.toLowerCase().startsWith(start)).sort();
      const { some, next } = page(all, input["NextToken"], 2);
      return {
        SecretList: some.map((Name) => ({ Name, ARN: `arn:aws:secretsmanager:eu-central-1:1:secret:${Name}` })),
        ...next,
      };
    },
    "secretsmanager.GetSecretValue": (input) => {
      const found = secrets.get(String(input["SecretId"]));
      if (!found) throw new WireFault("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
      return { Name: input["SecretId"], SecretString: found.text, SecretBinary: found.binary };
    },
    "secretsmanager.CreateSecret": (input) => {
      if (secrets.has(String(input["Name"]))) throw new WireFault("ResourceExistsException", "it exists");
      secrets.set(String(input["Name"]), { text: String(input["SecretString"]) });
      return { Name: input["Name"] };
    },
    "secretsmanager.PutSecretValue": (input) => {
      if (!secrets.has(String(input["SecretId"]))) throw new WireFault("ResourceNotFoundException", "there is none");
      secrets.set(String(input["SecretId"]), { text: String(input["SecretString"]) });
      return { Name: input["SecretId"] };
    },
  };
  // No service in front: the dot behind its name is what goes.
  const named = Object.entries(operations).map(([name, run]) => [name.replace(".", ""), run] as const);
  const wire = await jsonWire("1.1", "", Object.fromEntries(named));
  return { ...wire, parameters, secrets, contexts };
}
