/** The demo's orders, from one seed. */

export interface Order {
  readonly orderId: string;
  readonly amount: number;
  readonly slow: boolean;
  readonly sentAt: number;
}

/** A small seeded generator (mulberry32): the same seed gives the same orders and the same faults. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SLOW_SHARE = 0.12;
const RESEND_SHARE = 0.2;
const NEW_TIMESTAMP_SHARE = 0.1;

/** Orders, about a fifth of them sent again, a tenth of those with a new timestamp in the body. */
export function traffic(count: number, seed: number): readonly Order[] {
  const random = seeded(seed);
  const sent: Order[] = [];
  for (let index = 0; index < count; index += 1) {
    const order = {
      orderId: `order-${index}`,
      amount: Math.floor(random() * 10_000),
      slow: random() < SLOW_SHARE,
      sentAt: index,
    };
    sent.push(order);
    if (random() < RESEND_SHARE) {
      const sentAt = random() < NEW_TIMESTAMP_SHARE ? index + count : index;
      sent.splice(Math.floor(random() * sent.length), 0, { ...order, sentAt });
    }
  }
  return sent;
}
