// What is drawn of the conversation. Text from people only ever becomes a text node; links are made for http(s)
// addresses in what the counselor wrote, and nothing else is read into it.
import { clock, dayKey, dayName, t } from "/chat/words.js";

const $ = (id) => document.getElementById(id);
// Web addresses (a Korean particle that follows without a space is not part of one) and Korean telephone numbers.
const LINK = /https?:\/\/[^\s<>"'`ㄱ-ㅎㅏ-ㅣ가-힣]{3,500}|\b(?:0\d{1,2}-\d{3,4}-\d{4}|1[568]\d\d-\d{4}|02-120)(?![\d-])/g;

export function make(tag, cls = "", text = "") {
  const el = document.createElement(tag);
  if (cls) el.className = cls;
  if (text) el.textContent = text;
  return el;
}

function rich(text, links) {
  const bubble = make("div", "bubble");
  bubble.dir = "auto";
  if (!links) { bubble.textContent = text; return bubble; }
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(/[.,;:!?)\]]+$/, "");
    const web = address.startsWith("http");
    if (!web && /[\d-]/.test(text[found.index - 1] ?? "")) continue; // a part of a longer number
    bubble.append(text.slice(at, found.index));
    const a = make("a", "", address);
    a.href = web ? address : `tel:${address}`;
    if (web) Object.assign(a, { target: "_blank", rel: "noopener noreferrer nofollow" });
    bubble.append(a);
    at = found.index + address.length;
  }
  bubble.append(text.slice(at));
  return bubble;
}

export class View {
  constructor(actions) {
    this.actions = actions;
    this.log = $("entries");
    this.entries = new Map(); // n -> li
    this.mine = new Map(); // client id -> li
    this.tickets = new Map(); // handoff -> the frame that its card was drawn from
    this.marks = { delivered: 0, read: 0 };
    this.nowUs = () => Date.now() * 1000;
    this.last = 0;
    $("main").addEventListener("scroll", () => {
      this.stick = this.atEnd();
      if (this.stick) $("below").hidden = true;
    }, { passive: true });
    $("below").onclick = () => this.toEnd(true);
    // The keyboard of a phone and a growing composer make the room smaller: stay with the newest line.
    new ResizeObserver(() => { if (this.stick) this.toEnd(); }).observe($("main"));
    this.stick = true;
  }

  clear() {
    this.log.replaceChildren();
    this.entries.clear();
    this.mine.clear();
    this.tickets.clear();
    this.marks = { delivered: 0, read: 0 };
    this.last = 0;
    this.typing(false);
    this.typingTold = false;
  }

  // A whole conversation at once is not read out line by line.
  silently(work) {
    $("log").setAttribute("aria-live", "off");
    work();
    this.toEnd();
    setTimeout(() => $("log").setAttribute("aria-live", "polite"), 500);
  }

  entry(frame, fresh) {
    if (this.entries.has(frame.n)) return;
    const waiting = frame.id ? this.mine.get(frame.id) : null;
    if (waiting) waiting.remove();
    const li = this.bubble(frame);
    if (fresh) li.classList.add("fresh");
    li.frame = frame;
    this.entries.set(frame.n, li);
    if (frame.id) this.mine.set(frame.id, li);
    this.place(li, frame);
    this.last = Math.max(this.last, frame.n);
    if (frame.who === "counselor") this.typing(false);
    if (frame.who === "citizen") this.typingTold = false;
    this.follow(fresh, frame.who === "citizen");
  }

  // Entries stand by their number; a ticket's card stands where it was last news. Unsent lines stay below both.
  place(li, frame) {
    li.dataset.at = frame.at;
    li.dataset.day = dayKey(frame.at);
    if (frame.n) li.dataset.n = frame.n;
    const before = (one) => (frame.n && one.dataset.n ? Number(one.dataset.n) < frame.n : Number(one.dataset.at) <= frame.at);
    const after = [...this.log.querySelectorAll("li[data-at]")].reverse().find(before);
    if (!after || after.dataset.day !== li.dataset.day) {
      const day = make("li", "day", dayName(frame.at, this.nowUs()));
      if (after) after.after(day, li); else this.log.prepend(day, li);
    } else after.after(li);
  }

  bubble(frame) {
    const li = make("li", `entry ${frame.who}`);
    const name = frame.who === "citizen" ? t("me") : frame.who === "counselor" ? frame.name || t("counselor") : t("system");
    li.append(make("span", frame.who === "citizen" ? "who hidden-text" : "who", name));
    if (frame.photo) li.append(this.picture(frame));
    if (frame.erased) li.append(Object.assign(rich(t("erased"), false), { className: "bubble gone" }));
    else if (frame.text) li.append(rich(frame.text, frame.who !== "citizen"));
    const meta = make("span", "meta", clock(frame.at));
    li.append(meta);
    li.meta = { el: meta, at: frame.at, n: frame.n };
    if (frame.who === "citizen") this.status(li);
    return li;
  }

  picture(frame) {
    const button = make("button", "picture", t("photo_wait"));
    button.type = "button";
    const alt = t(frame.who === "citizen" ? "photo_alt_mine" : "photo_alt_theirs");
    this.actions.photo(frame.photo).then((url) => {
      const img = make("img");
      img.alt = alt;
      img.onload = () => { if (this.stick) this.toEnd(); };
      img.src = url;
      button.setAttribute("aria-label", `${alt}. ${t("photo_show")}`);
      button.replaceChildren(img);
      button.onclick = () => this.enlarge(url, alt);
    }, () => { button.textContent = t("photo_none"); button.disabled = true; });
    return button;
  }

  enlarge(url, alt) {
    $("photo-large").src = url;
    $("photo-large").alt = alt;
    $("photo-dialog").showModal();
  }

  // A line of one's own that is not known to be on disk yet.
  waiting(message, fault) {
    let li = this.mine.get(message.id);
    if (!li) {
      li = make("li", "entry citizen waiting");
      li.setAttribute("aria-live", "off"); // read out once, when it has arrived
      li.append(make("span", "who hidden-text", t("me")));
      if (message.photo) li.append(this.picture({ who: "citizen", photo: message.photo }));
      if (message.text) li.append(rich(message.text, false));
      li.append(make("span", "meta"));
      this.mine.set(message.id, li);
      this.log.append(li);
      this.follow(true, true);
    }
    if (li.meta) return;
    const meta = li.querySelector(".meta");
    meta.replaceChildren(fault ? make("span", "fault", `${t("refused")}: ${fault}`) : t(this.actions.online() ? "sending" : "unsent"));
    li.querySelector(".choices")?.remove();
    if (fault) li.append(this.choices(message));
  }

  choices(message) {
    const row = make("div", "choices");
    const again = make("button", "second", t("again"));
    const discard = make("button", "quiet", t("discard"));
    again.type = discard.type = "button";
    again.onclick = () => this.actions.again(message);
    discard.onclick = () => { this.forget(message.id); this.actions.discard(message); };
    row.append(again, discard);
    return row;
  }

  forget(id) {
    const li = this.mine.get(id);
    if (li && !li.meta) { li.remove(); this.mine.delete(id); }
  }

  mark(frame) {
    this.marks = { delivered: frame.delivered, read: frame.read };
    for (const li of this.mine.values()) if (li.meta) this.status(li);
  }

  status(li) {
    const { el, at, n } = li.meta;
    const word = n <= this.marks.read ? "read" : n <= this.marks.delivered ? "delivered" : "sent";
    el.textContent = `${clock(at)} · ${t(word)}`;
  }

  ticket(frame) {
    const known = JSON.stringify(frame);
    if (this.tickets.get(frame.handoff) === known) return; // told again after a reconnection: not news
    this.tickets.set(frame.handoff, known);
    const id = `ticket-${frame.handoff}`;
    const box = make("li", "ticket");
    box.id = id;
    box.append(make("h2", "", t("ticket")));
    if (frame.number) box.append(make("p", "number", t("ticket_number", { n: frame.number })));
    box.append(make("p", "", frame.line));
    if (frame.answer) {
      const answer = make("div", "answer");
      answer.append(make("strong", "", t("ticket_answer")), rich(frame.answer, true));
      box.append(answer);
    }
    document.getElementById(id)?.remove();
    this.place(box, frame);
    this.follow(true, false);
  }

  // Shown as often as it happens, read out once until the citizen has written again.
  typing(on) {
    $("typing").setAttribute("aria-live", this.typingTold ? "off" : "polite");
    this.typingTold ||= on;
    $("typing-text").textContent = on ? t("typing") : "";
    $("typing").hidden = !on;
    clearTimeout(this.typingTimer);
    if (on) {
      this.typingTimer = setTimeout(() => this.typing(false), 8000);
      if (this.stick) this.toEnd();
    }
  }

  atEnd() {
    const main = $("main");
    return main.scrollHeight - main.scrollTop - main.clientHeight < 120;
  }

  follow(fresh, own) {
    if (own || this.stick) this.toEnd();
    else if (fresh && $("ending").hidden) $("below").hidden = false; // it would lie over what is asked at the end
  }

  // The end of a talk: what is asked now stands at the top, the last words just above it.
  toEnding() {
    this.stick = false;
    $("below").hidden = true;
    $("main").scrollTo({ top: Math.max(0, $("ending").offsetTop - 96), behavior: "instant" });
  }

  toEnd(smooth) {
    this.stick = true;
    $("below").hidden = true;
    const main = $("main");
    main.scrollTo({ top: main.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }
}
