// The page: what the person does becomes frames, what the server says becomes what is shown.
import { unread } from "/chat/around.js";
import { drawScores } from "/chat/choices.js";
import { draft, forget, freshId, languageKept, onOtherTabsToken, token, unsent } from "/chat/keep.js";
import { save, transcript } from "/chat/keepsake.js";
import { Link } from "/chat/link.js";
import { Outgoing } from "/chat/outgoing.js";
import { fetched, unfit, upload } from "/chat/photo.js";
import { choice, drawTopics, setTopics } from "/chat/topics.js";
import { View, make } from "/chat/view.js";
import { language, languages, speak, t } from "/chat/words.js";

const $ = (id) => document.getElementById(id);
const TEXT_MAX = 4000;
const LATER = new Set(["too_fast", "busy", "storage_full", "clash", "too_many"]);

let state = null;
let picked = null;
let fresh = false; // the person asked for a new session while an old one is on the screen
let marked = 0;
let typingAt = 0;
const awaited = new Map(); // id -> { frame, session, done }: until it is acknowledged; a frame is sent again after a loss

const view = new View({ photo: fetched, online: () => link.ready, again: sendAgain, discard: (m) => unsent.remove(m.id) });
const link = new Link(onFrame, onLine);
const outgoing = new Outgoing(link);

// -- frames from the server

const FRAMES = {
  welcome: onWelcome,
  entry: (f) => { view.entry(f, true); outgoing.landed(f.id); markSoon(); unread(f); },
  state: onState,
  marks: (f) => view.mark(f),
  topics: (f) => setTopics(f.topics, view.nowUs),
  ticket: onTicket,
  typing: (f) => view.typing(f.on),
  ack: onAck,
  trouble: onTrouble,
};

function onFrame(frame) {
  FRAMES[frame.t]?.(frame);
}

function onWelcome(frame) {
  const had = token.get();
  if (frame.token && frame.token !== had) {
    token.set(frame.token);
    if (had) say(t("new_token"), true);
  }
  const offset = frame.now - Date.now() * 1000;
  view.nowUs = () => Date.now() * 1000 + offset;
  const same = frame.resumed && state && frame.state && frame.state.session === state.session;
  const show = () => {
    for (const entry of frame.entries ?? []) { unsent.remove(entry.id); view.entry(entry, same); }
    if (frame.marks) view.mark(frame.marks);
    for (const ticket of frame.tickets) onTicket(ticket);
  };
  if (same) show(); // what was missed is news, and read out; a whole conversation is not
  else view.silently(() => { view.clear(); marked = 0; show(); });
  if (frame.state && state && frame.state.session !== state.session) fresh = false;
  onState(frame.state ?? null);
  setTopics(frame.topics, view.nowUs);
  resend();
  for (const [id, one] of awaited) {
    if (one.session !== (state?.session ?? "")) awaited.delete(id);
    else if (one.frame) link.send(one.frame);
  }
  markSoon();
}

function onState(next) {
  const before = state;
  state = next;
  draw(before);
}

function onTicket(frame) {
  view.ticket(frame);
  if (!frame.heard && !document.hidden) link.send({ t: "heard", handoff: frame.handoff, stage: frame.stage });
}

function onAck(frame) {
  outgoing.landed(frame.id);
  awaited.get(frame.id)?.done();
  awaited.delete(frame.id);
}

function onTrouble(frame) {
  const message = unsent.all().find((m) => m.id === frame.id);
  if (!message) {
    $("rate-error").textContent = awaited.get(frame.id)?.frame.t === "rate" ? frame.text : "";
    awaited.delete(frame.id);
    say(frame.text, !frame.final);
    return;
  }
  if (LATER.has(frame.code)) { outgoing.later(frame.again_s || 3); return; }
  outgoing.landed(frame.id);
  if (message.kind === "start" && (!state || fresh)) { $("first").value ||= message.text; $("first-error").textContent = frame.text; busy(false); return; }
  view.waiting(message, frame.text);
}

function onLine(up, stopped) {
  const bar = $("net");
  if (up) {
    if (bar.hidden) return;
    if (bar.classList.contains("good")) bar.hidden = quiet === 0;
    else say(t("back"), true);
  } else {
    bar.classList.remove("good");
    bar.hidden = false;
    $("net-text").textContent = stopped ? t("stopped") : t(state || token.get() ? "offline" : "connecting");
    $("net-now").textContent = t(stopped ? "reload" : "offline_now");
    $("net-now").hidden = false;
    view.typing(false);
    outgoing.reset();
  }
  for (const message of unsent.all()) if (message.kind === "say") view.waiting(message);
  $("photo").disabled = !up;
}

let quiet = 0;
function say(text, good) {
  const bar = $("net");
  bar.classList.toggle("good", good);
  bar.hidden = false;
  $("net-text").textContent = text;
  $("net-now").hidden = true;
  clearTimeout(quiet);
  quiet = setTimeout(() => { quiet = 0; if (link.ready) bar.hidden = true; }, 5000);
}

// -- what is shown

function draw(before) {
  const can = state ? state.can : [];
  const opening = !state || fresh;
  const over = !opening && !can.includes("say");
  $("opening").hidden = !opening;
  $("talk").hidden = opening;
  $("compose").hidden = opening || over;
  $("leave").hidden = opening || !can.includes("leave");
  $("now").hidden = opening || over;
  $("ending").hidden = !over;
  $("skip").href = opening ? "#first" : over ? "#ending-title" : "#text";
  if (!opening && $("line").textContent !== state.line) $("line").textContent = state.line;
  $("place").hidden = opening || state.position == null;
  if (!opening && state.position != null) $("position").textContent = t("position_n", { n: state.position });
  if (over) { drawEnding(can); view.typing(false); $("leave-dialog").close(); }
  if (!opening && (!before || before.session !== state.session)) busy(false);
  const moved = moveFocus(opening, over);
  if (over && moved) view.toEnding();
  else if (!opening && view.stick) view.toEnd();
}

function drawEnding(can) {
  const rate = can.includes("rate");
  $("rate-form").hidden = !rate;
  $("ending-title").textContent = rate ? t("rate_title") : state.rated ? t("rate_thanks") : state.line;
}

// When what had the focus goes away, the focus goes on to what came instead, never to nowhere.
let stage = "";
function moveFocus(opening, over) {
  const next = opening ? "opening" : over ? "ending" : "talk";
  if (stage === next) return false;
  const first = !stage;
  stage = next;
  if (first) return true;
  const lost = document.activeElement === document.body || !document.activeElement?.getClientRects().length;
  if (lost || next === "talk") $({ opening: "first", ending: "ending-title", talk: "text" }[next]).focus({ preventScroll: next === "ending" });
  return true;
}

// -- sending

// After a welcome: what was meant for a session that is over is not sent into another one unasked.
function resend() {
  outgoing.reset();
  for (const message of unsent.all()) {
    if (message.kind === "start" || message.session === state?.session) {
      if (state && !fresh) view.waiting(message);
      continue;
    }
    unsent.remove(message.id);
    if (state) view.waiting(message, state.line);
    else $("first").value ||= message.text;
  }
  outgoing.pump();
}

function sendAgain(message) {
  view.forget(message.id);
  const open = state?.can.includes("say");
  if (!open) { fresh = true; draw(state); $("first").value = message.text; $("first").focus(); return; }
  submit({ ...message, id: freshId(), kind: "say", session: state.session });
}

function submit(message) {
  unsent.add(message);
  if (state && !fresh) view.waiting(message);
  outgoing.pump();
}

function busy(on) {
  document.querySelector("#start-form button").disabled = on;
}

function problem(text) {
  if (!text.trim()) return t("empty");
  return text.length > TEXT_MAX ? t("too_long", { n: TEXT_MAX }) : "";
}

$("start-form").onsubmit = (event) => {
  event.preventDefault();
  const text = $("first").value;
  const wrong = problem(text);
  $("first-error").textContent = wrong;
  if (wrong) { $("first").focus(); return; }
  busy(true);
  const id = freshId();
  draft.set(""); // from here on it is among what is not sent yet
  awaited.set(id, { frame: null, session: "", done: () => { $("first").value = ""; fresh = false; } });
  const { topic, later } = choice();
  submit({ id, kind: "start", topic, later, text });
};

let sentAt = 0;
$("compose").onsubmit = async (event) => {
  event.preventDefault();
  const text = $("text").value;
  if ($("send").disabled || (!text && !picked && Date.now() - sentAt < 1000)) return; // a photo on its way, a second tap
  const wrong = picked && !text.trim() ? "" : problem(text);
  $("compose-error").textContent = wrong;
  if (wrong) { $("text").focus(); return; }
  write("");
  const session = state.session;
  const photo = picked ? await sendPhoto() : "";
  if (photo === null) { write([text, $("text").value].filter(Boolean).join("\n")); return; }
  sentAt = Date.now();
  typing(false);
  submit({ id: freshId(), kind: "say", session, text, photo });
  $("text").focus();
};

function write(text) {
  $("text").value = text;
  draft.set(text);
  grow();
}

// The photo's id, or null when it could not be brought up.
async function sendPhoto() {
  $("send").disabled = $("unpick").disabled = $("photo").disabled = true;
  $("picked-text").textContent = t("photo_sending");
  try {
    const id = await upload(picked);
    unpick();
    return id;
  } catch (error) {
    $("picked-text").textContent = "";
    $("compose-error").textContent = error.message;
    return null;
  } finally {
    $("send").disabled = $("unpick").disabled = false;
    $("photo").disabled = !link.ready;
  }
}

function unpick() {
  if (picked) URL.revokeObjectURL($("picked-image").src);
  picked = null;
  $("picked").hidden = true;
  $("picked-image").removeAttribute("src");
  $("photo").value = "";
}

$("photo").onchange = () => {
  const file = $("photo").files[0];
  $("compose-error").textContent = file ? unfit(file) : "";
  if (!file || unfit(file)) { $("photo").value = ""; return; }
  if (picked) URL.revokeObjectURL($("picked-image").src);
  picked = file;
  $("picked-image").src = URL.createObjectURL(file);
  $("picked-image").alt = t("photo_preview");
  $("picked-text").textContent = t("photo_caption");
  $("picked").hidden = false;
  $("text").focus();
};
$("unpick").onclick = () => { unpick(); $("text").focus(); };

// -- typing, marks, drafts

function typing(on) {
  const now = Date.now();
  if (on && now - typingAt < 3000) return;
  if (!on && !typingAt) return;
  typingAt = on ? now : 0;
  link.send({ t: "typing", on });
  clearTimeout(typing.timer);
  if (on) typing.timer = setTimeout(() => typing(false), 6000);
}

function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

$("text").oninput = () => { grow(); draft.set($("text").value); $("compose-error").textContent = ""; typing(!!$("text").value); };
$("first").oninput = () => { draft.set($("first").value); $("first-error").textContent = ""; };
$("text").onkeydown = (event) => {
  // On a keyboard Enter sends and Shift+Enter breaks the line; a syllable that is being composed is finished first.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && matchMedia("(hover: hover)").matches) {
    event.preventDefault();
    $("compose").requestSubmit();
  }
};

function markSoon() {
  clearTimeout(markSoon.timer);
  markSoon.timer = setTimeout(() => {
    const read = !document.hidden;
    const worth = view.last * 2 + (read ? 1 : 0);
    if (state && view.last && worth > marked && link.send({ t: "mark", n: view.last, read })) marked = worth;
  }, 250);
}
document.addEventListener("visibilitychange", () => { markSoon(); unread(null); });

// Without a connection it goes when there is one again, unless that session is no longer the one on the screen.
function act(what, done = () => {}) {
  const frame = { ...what, id: freshId() };
  awaited.set(frame.id, { frame, session: state.session, done });
  link.send(frame);
}

// -- leaving, rating, beginning again

$("leave").onclick = () => {
  $("leave-text").textContent = t(state.opens ? "leave_text_message" : "leave_text");
  $("leave-dialog").showModal();
};
$("leave-no").onclick = () => $("leave-dialog").close();
$("leave-yes").onclick = () => {
  $("leave-dialog").close();
  act({ t: "leave" });
};
$("photo-close").onclick = () => $("photo-dialog").close();
$("rate-form").onsubmit = (event) => {
  event.preventDefault();
  const score = document.querySelector("#scores input:checked");
  $("rate-error").textContent = score ? "" : t("rate_pick");
  if (!score) { document.querySelector("#scores input").focus(); return; }
  act({ t: "rate", session: state.session, score: Number(score.value), text: $("rate-text").value }, () => {
    $("rate-text").value = "";
    score.checked = false;
    $("ending-title").focus();
  });
};
$("save").onclick = () => {
  const frames = [...view.entries].sort(([a], [b]) => a - b).map(([, li]) => li.frame);
  save(`120-${state.number}.txt`, transcript(state.number, frames, [...view.tickets.values()].map((one) => JSON.parse(one))));
};
$("again").onclick = () => { fresh = true; $("first").value = ""; draw(state); $("first").focus(); };
$("forget").onclick = () => { forget(); location.reload(); };
$("net-now").onclick = () => (link.stopped ? location.reload() : link.now());

// -- language and beginning

$("language").onchange = async () => {
  const code = $("language").value;
  languageKept.set(code);
  await words(code);
  link.language = language;
  if (!link.send({ t: "language", language })) link.session = "";
};

async function words(code) {
  await speak(code).catch(() => speak("ko"));
  drawTopics();
  drawScores();
  if (state) draw(state);
}

async function begin() {
  // Before anything is awaited, so that what is typed meanwhile is not overwritten.
  $("first").value = unsent.all().find((m) => m.kind === "start")?.text ?? draft.get();
  $("text").value = draft.get();
  const known = await languages();
  const wanted = [new URLSearchParams(location.search).get("lang"), languageKept.get(), navigator.language.slice(0, 2), "en"];
  const code = wanted.find((one) => known.some((k) => k.code === one)) ?? "ko";
  $("language").replaceChildren(...known.map((k) => Object.assign(make("option", "", k.name), { value: k.code, selected: k.code === code, lang: k.code })));
  await words(code);
  link.language = language;
  grow();
  onOtherTabsToken((value) => { if (!value) location.reload(); else if (!state) link.again(); });
  link.open();
  setTimeout(() => {
    if (link.ready || !$("net").hidden) return;
    $("net").classList.add("good");
    $("net").hidden = false;
    $("net-text").textContent = t("connecting");
  }, 800);
}

begin();
