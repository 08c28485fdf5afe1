// The socket: says hello, comes back after a loss with growing pauses, and asks again when a frame was missed.
// It knows nothing of what is shown: frames go to `onFrame`, whether we are connected to `onLine`.
import { token } from "/chat/keep.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
const SILENCE = 12000;
const PROBE_AFTER = 60000; // nothing heard for so long: ask whether the line still stands

export class Link {
  constructor(onFrame, onLine) {
    this.onFrame = onFrame;
    this.onLine = onLine;
    this.session = "";
    this.seq = 0;
    this.pause = FIRST_PAUSE;
    this.timer = 0;
    this.ready = false;
    this.stopped = false;
    this.language = "ko";
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.lost());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.awake(); });
    addEventListener("pageshow", (event) => { if (event.persisted) { this.ready = false; this.pause = FIRST_PAUSE; this.open(); } });
    this.heardAt = 0;
    setInterval(() => { if (!document.hidden && this.session && performance.now() - this.heardAt > PROBE_AFTER) this.probe(); }, 15000);
  }

  now() {
    clearTimeout(this.timer);
    if (this.stopped || this.ready) return;
    if (this.socket && this.socket.readyState === WebSocket.CONNECTING) return;
    this.open();
  }

  // A phone that slept or changed from one network to another may hold a socket that nobody answers any more.
  awake() {
    if (!this.ready) this.now();
    else if (performance.now() - this.heardAt > SILENCE) this.probe();
  }

  probe() {
    if (!this.ready || this.socket.readyState !== WebSocket.OPEN) return;
    const asked = this.socket;
    this.heardAt = performance.now();
    this.hello();
    clearTimeout(this.patience);
    this.patience = setTimeout(() => { if (this.socket === asked) this.lost(); }, SILENCE);
  }

  open() {
    this.drop();
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/socket`);
    this.socket = socket;
    this.patience = setTimeout(() => { if (this.socket === socket && !this.ready) this.lost(); }, SILENCE);
    socket.onopen = () => { if (this.socket === socket) this.hello(); };
    socket.onmessage = (event) => { if (this.socket === socket) this.frame(JSON.parse(event.data)); };
    socket.onclose = () => { if (this.socket === socket) this.lost(); };
  }

  hello() {
    const frame = { t: "hello", v: 1, language: this.language, token: token.get() };
    if (this.session) frame.after = { session: this.session, seq: this.seq };
    this.socket.send(JSON.stringify(frame));
  }

  frame(frame) {
    this.heardAt = performance.now();
    if (frame.t === "welcome") {
      clearTimeout(this.patience);
      this.ready = true;
      this.pause = FIRST_PAUSE;
      this.session = frame.state ? frame.state.session : "";
      this.seq = frame.state ? Math.max(frame.state.seq, frame.marks ? frame.marks.seq : 0) : 0;
      this.onFrame(frame);
      this.onLine(true);
      return;
    }
    if (frame.seq !== undefined && frame.prev !== undefined) {
      if (frame.prev > this.seq) { this.hello(); return; } // something was missed: ask for it
      this.seq = Math.max(this.seq, frame.seq);
    }
    if (frame.t === "trouble" && frame.final) this.final(frame);
    this.onFrame(frame);
  }

  final(frame) {
    if (frame.code === "bad_version") this.stopped = true;
    else this.pause = Math.max(this.pause, (frame.again_s || 5) * 1000);
  }

  send(frame) {
    if (!this.ready || !this.socket || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  lost() {
    this.drop();
    this.ready = false;
    if (this.stopped) { this.onLine(false, true); return; }
    this.onLine(false, false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  drop() {
    clearTimeout(this.patience);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close();
  }

  again() {
    this.ready = false;
    this.session = "";
    this.seq = 0;
    this.pause = FIRST_PAUSE;
    this.open();
  }
}
