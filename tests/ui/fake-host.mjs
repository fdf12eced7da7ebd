// A browser for the connection to live in: its sockets and its time are ours.

export class FakeSocket {
  sent = [];
  closed = null;

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.closed = code;
  }

  // What the gateway does:
  accept() {
    this.onopen?.();
  }

  say(message) {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  hangUp(code = 1006) {
    this.onclose?.({ code });
  }
}

export class FakeHost {
  sockets = [];
  #time = 1000;
  #timers = new Map();
  #made = 0;

  get last() {
    return this.sockets[this.sockets.length - 1];
  }

  /** Lets MS pass, running what falls due in order. */
  pass(ms) {
    const end = this.#time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#time = due[1].at;
      due[1].fn();
    }
    this.#time = end;
  }

  get hooks() {
    return {
      open: () => {
        this.sockets.push(new FakeSocket());
        return this.last;
      },
      setTimer: (fn, ms) => {
        this.#made += 1;
        this.#timers.set(this.#made, { fn, at: this.#time + ms });
        return this.#made;
      },
      clearTimer: (id) => this.#timers.delete(id),
      now: () => this.#time,
      random: () => 1,
      newId: () => `id-${(this.#made += 1)}`,
    };
  }
}
