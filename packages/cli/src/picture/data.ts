/** What a picture is drawn from: plain JSON, so that it can be kept, compared and drawn again. Instants are epoch milliseconds. */

/** The verdicts of the guard, and `unknown` where the lines that are there do not prove one. */
export type PictureVerdict =
  | "first"
  | "retry"
  | "takeover"
  | "busy"
  | "duplicate"
  | "mismatch"
  | "in-doubt"
  | "invalid"
  | "unknown";

export interface PictureData {
  readonly title: string;
  /** One sentence: which files, which log group, which seed. */
  readonly generatedFrom: string;
  /** One for `detect`; one per side where several are compared. At least one. */
  readonly sections: readonly PictureSection[];
}

export interface PictureSection {
  /** Short, unique in the picture: a part of links (`#s=naive&m=order-7`). */
  readonly id: string;
  readonly name: string;
  /** What a reader has to know of it, in sentences: lines that are missing, a guard or none. */
  readonly notes?: readonly string[];
  readonly summary: PictureSummary;
  readonly messages: readonly PictureMessage[];
  /** How many messages are not shown, where there are too many for a page. Their deliveries are in the summary all the same. */
  readonly messagesLeftOut?: number;
  /** Time between a delivery and the one before it of the same key; `gapsOf` makes it. */
  readonly gaps?: PictureGaps;
  readonly visibilityTimeoutMs?: number;
  /** The likeliest cause first. */
  readonly diagnosis?: readonly PictureDiagnosis[];
}

export interface PictureSummary {
  /** How many pieces of work: what is sent again is another message with the same key. */
  readonly keys: number;
  readonly deliveries: number;
  /** Deliveries per verdict; one that is left out has none. */
  readonly verdicts: Readonly<Partial<Record<PictureVerdict, number>>>;
  /** Of `busy` and `duplicate`. */
  readonly origins?: Readonly<Partial<Record<"redelivery" | "resend", number>>>;
  /** Harm done: runs for a key that was completed or still running. */
  readonly repeatedRuns?: number;
  /** Harm prevented: such deliveries that a guard has turned away. */
  readonly suppressed?: number;
  /** Whatever else was counted, in the order in which it is to be read. */
  readonly figures?: readonly PictureFigure[];
}

export interface PictureFigure {
  readonly label: string;
  readonly value: number | string;
  /** `bad`: harm, if it is not 0. */
  readonly tone?: "bad" | "good";
}

/** All deliveries of one key. */
export interface PictureMessage {
  /** As it is; the picture makes it safe to show. */
  readonly key: string;
  /** By `startMs`. */
  readonly deliveries: readonly PictureDelivery[];
}

export interface PictureDelivery {
  readonly startMs: number;
  /** Left out: not known. */
  readonly endMs?: number;
  readonly verdict: PictureVerdict;
  /** Why the verdict is `unknown`. */
  readonly reason?: string;
  readonly origin?: "redelivery" | "resend";
  /** Whether the handler's code ran for it. */
  readonly ran?: boolean | "unknown";
  /** How the run ended, in one word: `success`, `error`, `timeout`, `out-of-memory`, `crash`, `completed`, `fenced`, … */
  readonly outcome?: string;
  readonly attempt?: number;
  readonly receiveCount?: number;
  readonly messageId?: string;
  readonly requestId?: string;
  /** How long the queue hides the message from others, counted from its receive. */
  readonly visibility?: PictureWindow;
  /** How long the claim of this attempt holds. */
  readonly lease?: PictureWindow;
  /** The run was killed or cut off, then. */
  readonly killedAtMs?: number;
  /** Since the previous delivery of the key. */
  readonly gapMs?: number;
  /** Why the message came again. */
  readonly cause?: string;
}

export interface PictureWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A histogram. */
export interface PictureGaps {
  /** Side by side, all of one width. A gap is counted from `fromMs` on and before `toMs`. */
  readonly bins: readonly (PictureWindow & { readonly count: number })[];
  /** Gaps from the end of the last bin on. */
  readonly longer: number;
}

export interface PictureDiagnosis {
  readonly cause: string;
  /** Sentences. */
  readonly evidence: readonly string[];
  readonly advice?: string;
}
