/** Texts that come again and again (streams, queues, functions), each by a small number. */

export class Names {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** What was asked for last is mostly what is asked for next. */
  #last = "";
  #lastNumber = -1;

  /** 0 stands for nothing: what JSON would make of it is longer. */
  numberOf(text: string | undefined): number {
    if (text === undefined) return 0;
    if (text === this.#last && this.#lastNumber > 0) return this.#lastNumber;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text);
      this.#numbers.set(text, number);
    }
    this.#last = text;
    this.#lastNumber = number;
    return number;
  }

  textOf(number: number): string | undefined {
    return this.#texts[number - 1];
  }
}
