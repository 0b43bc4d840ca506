/** The function under soak: one keyed charge, a plain mail for a few, and a row that commits with the message. */

import { createOnce, type SqsEventLike, type SqsReply, sqs } from "@effectively-once/runtime";
import { PLACES, type PlaceName } from "../places.ts";

export interface Work {
  readonly id: string;
  /** Whether a plain effect is made too: one that may be held. */
  readonly mail: boolean;
}

const env = (name: string): string => process.env[name] ?? "";
const witness = env("SOAK_WITNESS");

async function tell(path: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${witness}/${path}`, { method: "POST", headers });
  if (!response.ok) throw new Error(`the other side answered ${response.status}`);
}

const place = PLACES[env("SOAK_PLACE") as PlaceName]({ url: env("SOAK_URL"), name: env("SOAK_NAME") });
const once = createOnce<unknown>({
  store: place.store,
  namespace: "soak",
  leaseMs: Number(env("SOAK_LEASE_MS")),
  transactionMs: 2_000,
  onEvent: (said) => {
    if (said.kind !== "delivery") return;
    void tell(`ended/${said.key}/${said.verdict ?? "none"}/${said.ending}`).catch(() => {});
  },
});

const guarded = once.handler(
  sqs<Work>({
    key: (m) => m.body.id,
    hold: (_record, { ending }) => tell(`held/${(JSON.parse(_record.body) as Work).id}/${ending}`),
  }),
  async (m, ctx) => {
    await ctx.keyed("charge", ({ key }) => tell(`charge/${m.body.id}`, { "Idempotency-Key": key }));
    if (m.body.mail) await ctx.plain("mail", () => tell(`mail/${m.body.id}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await ctx.commit((tx) => place.addRow(tx, m.body.id));
  },
);

export async function handler(
  event: SqsEventLike,
  context: { getRemainingTimeInMillis(): number },
): Promise<SqsReply> {
  const ids = (event.Records ?? []).map(({ body }) => (JSON.parse(body) as Work).id);
  if (ids.length > 0) await tell(`received/${process.pid}/${ids.join(",")}`);
  const reply = await guarded(event, context);
  if (ids.length > 0) await tell(`returned/${process.pid}`);
  return reply;
}
