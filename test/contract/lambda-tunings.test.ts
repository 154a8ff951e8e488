import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { lambdaTunings } from "../../shared/edge/lambda-tunings.ts";
import { type LambdaWire, lambdaFault, lambdaWire } from "../fakes/lambda-wire.ts";
import { wireClients } from "../fakes/wire.ts";

const ask = { tenant: "default", service: "bestellungen ü", detail: "asked by ada" };

describe("a look that is handed to a function of AWS Lambda", () => {
  let wire: LambdaWire;
  let clients: AwsClients;
  const look = (name = "headgate-prod-Tuning") => lambdaTunings(clients.lambda, name).look(ask);
  beforeEach(async () => {
    wire = await lambdaWire();
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    wire.define("headgate-prod-Tuning");
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("is kept by Lambda, which is not waited for, in the form that the function takes", async () => {
    await look();
    expect(wire.events("headgate-prod-Tuning")).toEqual([{ kind: "tuning", asked: ask }]);
  });

  test("that Lambda does not take is an error that names the service, and may be tried again", async () => {
    wire.inject("Invoke", lambdaFault("TooManyRequestsException", 429));
    await expect(look()).rejects.toMatchObject({
      ...{ code: "timers.unavailable", retryable: true },
      message: expect.stringContaining("the look at bestellungen ü could not be handed over"),
    });
    await expect(look("lost")).rejects.toMatchObject({ code: "timers.unavailable" });
    expect(wire.events("headgate-prod-Tuning")).toEqual([]);
  });
});
