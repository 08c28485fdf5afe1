// What is on its way: one message at a time, the next when the last is on disk, so that a retry never changes their order.
import { unsent } from "/chat/keep.js";

export class Outgoing {
  constructor(link) {
    this.link = link;
    this.flying = "";
    this.pause = 0;
  }

  pump() {
    const message = unsent.all()[0];
    if (!message || message.id === this.flying || this.pause || !this.link.ready) return;
    const { kind, id, text, topic = "", photo = "" } = message;
    const frame = kind === "start" ? { t: "start", id, topic, text } : { t: "say", id, text, photo };
    if (this.link.send(frame)) this.flying = id;
  }

  landed(id) {
    if (!id) return;
    unsent.remove(id);
    if (this.flying === id) this.flying = "";
    this.pump();
  }

  later(seconds) {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => { this.pause = 0; this.reset(); this.pump(); }, seconds * 1000);
  }

  // The connection is gone: whether it arrived is told by what comes after the next hello.
  reset() {
    this.flying = "";
  }
}
