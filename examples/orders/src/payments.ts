/** The payment service. What matters here: it takes an idempotency key, and answers a key it has seen with the same charge. */

export interface Order {
  readonly orderId: string;
  readonly cents: number;
  readonly sentAt?: string;
}

export interface Charge {
  readonly id: string;
}

export interface Payments {
  charge(order: Order, idempotencyKey: string, signal: AbortSignal): Promise<Charge>;
}

export function payments(env: Readonly<Record<string, string | undefined>>): Payments {
  const url = env["PAYMENTS_URL"];
  if (!url) throw new Error("PAYMENTS_URL is not set: it is the address of the payment service.");
  return {
    async charge({ orderId, cents }, idempotencyKey, signal) {
      const response = await fetch(`${url}/charges`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
        body: JSON.stringify({ orderId, cents }),
        signal,
      });
      if (!response.ok) throw new Error(`the payment service answered ${response.status}`);
      // The record keeps what this returns: no more than is needed, and nothing secret.
      const { id } = (await response.json()) as Charge;
      return { id };
    },
  };
}
