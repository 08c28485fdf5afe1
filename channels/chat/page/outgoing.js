// What is on its way: one message at a time, the next when the last is on disk, so that a retry never changes their order.
import { unsent } from "/chat/keep.js";

const ACK_WITHIN = 10000; // a line that does not answer for so long is not one: connect anew

export class Outgoing {
  constructor(link) {
    this.link = link;
    this.flying = "";
    this.pause = 0;
  }

  pump() {
    const message = unsent.all()[0];
    if (!message || message.id === this.flying || this.pause || !this.link.ready) return;
    const { kind, id, text, topic = "", later = false, photo = "" } = message;
    const frame = kind === "start" ? { t: "start", id, topic, text, later } : { t: "say", id, text, photo };
    if (!this.link.send(frame)) return;
    this.flying = id;
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.link.lost(), ACK_WITHIN);
  }

  landed(id) {
    if (!id) return;
    unsent.remove(id);
    if (this.flying === id) this.reset();
    this.pump();
  }

  later(seconds) {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => { this.pause = 0; this.reset(); this.pump(); }, seconds * 1000);
  }

  // The connection is gone: whether it arrived is told by what comes after the next hello.
  reset() {
    clearTimeout(this.watch);
    this.flying = "";
  }
}
